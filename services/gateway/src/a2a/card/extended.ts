import type { SigningKeys } from "../../core/ports/keys.ts";
import type { Json } from "../../core/strict-json.ts";
import type { A2aCall } from "../calls/call.ts";
import type { Callable } from "../directory.ts";
import { agentBase } from "./place.ts";
import { readCard } from "./read.ts";
import { rewriteCard, rewriteProtoCard } from "./rewrite.ts";
import { signCard } from "./sign.ts";
import { skillsFor } from "./skills.ts";

/**
 * The card for one caller: as the agent answered them, at our addresses, without the skills whose scopes they do not hold.
 * @returns `undefined` where it is no card
 */
export function rewriteExtended(
  answered: Json | undefined,
  at: {
    readonly agent: Callable;
    readonly scopes: ReadonlySet<string>;
    readonly call: Pick<A2aCall, "binding" | "era">;
    readonly keys: Pick<SigningKeys, "active">;
    readonly publicUrl: string;
  },
): object | undefined {
  const { agent, scopes, call, keys, publicUrl } = at;
  const card = readCard(answered, agent.endpoint.url);
  if (card === undefined) return undefined;
  const theirs = { ...card, skills: skillsFor(card.skills, scopes) };
  const place = { publicUrl, base: agentBase(publicUrl, agent.id) };
  const isProto = call.era === "0.3" && call.binding === "HTTP+JSON";
  const shown = isProto ? rewriteProtoCard(theirs, place) : rewriteCard(theirs, place, call.era);
  return signCard(shown, keys, publicUrl);
}
