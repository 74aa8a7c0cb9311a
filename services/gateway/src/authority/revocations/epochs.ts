import { type Owner, ownerKey } from "../../core/owner.ts";
import type { RevocationRecord } from "../../core/ports/revocations.ts";

/** The longest any token of ours may live (CONTRACT §6), whatever the configuration was when it was issued; plus skew. */
const LONGEST_LIFE_MS = (3_600 + 60) * 1000;
/** The longest that a provider's access token is reckoned to live: nobody tells us when the last one ends. */
const LONGEST_FOREIGN_LIFE_MS = 90 * 24 * 3_600_000;

/** Kills a node of a delegation tree and everything below it. */
export function delegationRevocation(delegation: string, at: number): RevocationRecord {
  return { kind: "dlg", value: delegation, at, until: at + LONGEST_LIFE_MS };
}

/** Kills the agent tokens of a session, the user's own token not (S12). */
export function sessionEpoch(session: string, at: number): RevocationRecord {
  return { kind: "sid", value: session, at, until: at + LONGEST_LIFE_MS };
}

/** Kills whatever an agent holds and has handed on. */
export function agentEpoch(agent: string, at: number): RevocationRecord {
  return { kind: "agent", value: agent, at, until: at + LONGEST_LIFE_MS };
}

/** The same for a registered one, which may be a service account too: also what others hold for it as the owner (CONTRACT §6). */
export function registeredAgentEpochs(
  { agent, publicUrl }: { readonly agent: string; readonly publicUrl: string },
  at: number,
): readonly RevocationRecord[] {
  const account = ownerKey({ iss: publicUrl, sub: agent });
  return [agentEpoch(agent, at), { kind: "user", value: account, at, until: at + LONGEST_LIFE_MS }];
}

/** Kills everything of an owner: agents' tokens, and those of the identity provider that were issued until now (S12). */
export function userEpoch(owner: Pick<Owner, "iss" | "sub">, at: number): RevocationRecord {
  return { kind: "user", value: ownerKey(owner), at, until: at + LONGEST_FOREIGN_LIFE_MS };
}
