/** Writes `--rows` rows into the audit chain of `--file`, through the store's own verbs, as many at a time as a busy gateway would. */
import { parseArgs } from "node:util";
import { uuidv7 } from "../../../services/gateway/src/core/ids.ts";
import type { AuditEvent } from "../../../services/gateway/src/core/ports/audit.ts";
import { openStore } from "../../../services/gateway/src/store/open.ts";

const BATCH = 2_000;
const { values } = parseArgs({
  options: { rows: { type: "string", default: "0" }, file: { type: "string" } },
});
const store = await openStore(`sqlite:${values.file}`);
const rows = Number(values.rows);

function event(n: number): AuditEvent {
  const time = Date.now();
  const id = uuidv7(time);
  return {
    ...{ time, action: "token.issue", decision: "allow", reason: "agent_auth=none" },
    ...{ user: { iss: "https://idp.bench", sub: `user-${n % 1000}` }, chain: ["bench-agent"] },
    ...{ jti: id, root: id, session: "a".repeat(64), resource: "http://gateway.bench" },
    ...{ policy: "0123456789abcdef:scopes-decide", requestId: id },
  };
}

for (let n = 0; n < rows; n += BATCH) {
  const count = Math.min(BATCH, rows - n);
  await store.trail.append(Array.from({ length: count }, (_, at) => event(n + at)));
}
await store.close();
