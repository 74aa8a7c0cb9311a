import { MAX_DELEGATION_DEPTH } from "@attach-dev/protocol";
import type { AgentRecord } from "../../core/ports/agents.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { Client } from "../client.ts";
import type { AuthorityOptions } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import { fromStore } from "../store-call.ts";

export interface ChainQuestion {
  /** Who will act. */
  readonly holder: Client;
  /** Who acted before, latest first: the subject's own chain, and nothing else (S02). */
  readonly earlier: readonly string[];
}

type ChainOptions = Pick<AuthorityOptions, "log" | "registration" | "store" | "tokens">;

/** May this chain stand (T04)? No agent twice, no deeper than anyone in it allows, each link named by the one before. */
export async function judgeChain(
  question: ChainQuestion,
  options: ChainOptions,
): Promise<Result<undefined, AuthorityRefusal>> {
  const { holder, earlier } = question;
  if (earlier.includes(holder.id)) return refuse({ kind: "chain_cycle", agent: holder.id });
  const records = await fromStore(
    () => Promise.all(earlier.map((id) => options.store.findAgent(id))),
    options.log,
  );
  return records.ok ? judgeLinks(question, records.value, options) : records;
}

/** Pure half of `judgeChain`; `records` are those of `earlier`, in the same order. */
function judgeLinks(
  { holder, earlier }: ChainQuestion,
  records: readonly (AgentRecord | undefined)[],
  { registration, tokens }: Pick<AuthorityOptions, "registration" | "tokens">,
): Result<undefined, AuthorityRefusal> {
  const isBroken = records.some((record) =>
    record === undefined ? registration === "registered" : record.status !== "active",
  );
  if (isBroken) return refuse({ kind: "chain_broken" });
  const depths = [...records, holder.record].map((record) => record?.depth ?? MAX_DELEGATION_DEPTH);
  const max = Math.min(tokens.depth, MAX_DELEGATION_DEPTH, ...depths);
  if (earlier.length + 1 > max) return refuse({ kind: "chain_too_deep", max });
  const [from] = earlier;
  if (from === undefined) return ok(undefined);
  const named = records[0]?.mayDelegateTo ?? null;
  const isNamed = named === null ? registration === "open" : named.includes(holder.id);
  return isNamed ? ok(undefined) : refuse({ kind: "delegation_not_permitted", from, to: holder.id });
}
