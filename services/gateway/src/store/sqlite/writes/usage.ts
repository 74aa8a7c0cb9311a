import type { UsageStore, UsageSum } from "../../../core/ports/metering.ts";
import type { Connection } from "../connect.ts";
import { insertInto, OWNER_COLUMNS, ownerColumns } from "./insert.ts";

const SUMS = ["requests", "input_tokens", "output_tokens", "estimated_tokens"];
const COLUMNS = ["hour", ...OWNER_COLUMNS, "agent", "model", "upstream", ...SUMS];

/** As the unique index has it, to the letter. */
const orEmpty = (column: string) => `case when ${column} is null then '' else ${column} end`;

export function usageWrites(db: Connection) {
  const add = insertInto(db, "usage", {
    columns: COLUMNS,
    conflict: `on conflict (hour, owner_iss, owner_sub, ${["tenant", "agent", "model"].map(orEmpty).join(", ")}, upstream)
      do update set ${SUMS.map((sum) => `${sum} = ${sum} + excluded.${sum}`).join(", ")}`,
  });
  const put = insertInto(db, "usage_outbox", {
    columns: ["id", "event"],
    conflict: "on conflict (id) do nothing",
  });
  const remove = db.prepare("delete from usage_outbox where seq = ?");
  const row = (sum: UsageSum) => ({
    hour: sum.hour,
    ...ownerColumns(sum.owner),
    agent: sum.agent,
    model: sum.model,
    upstream: sum.upstream,
    requests: sum.requests,
    input_tokens: sum.inputTokens,
    output_tokens: sum.outputTokens,
    estimated_tokens: sum.estimatedTokens,
  });
  return {
    add(...[sums, events]: Parameters<UsageStore["add"]>): void {
      for (const sum of sums) add.run(row(sum));
      for (const { id, event } of events) put.run({ id, event });
    },
    sent(seqs: readonly number[]): void {
      for (const seq of seqs) remove.run(seq);
    },
  };
}
