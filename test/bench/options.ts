import { parseArgs } from "node:util";

export interface BenchOptions {
  readonly rounds: number;
  /** Seconds of load a round and peer. */
  readonly seconds: number;
  readonly connections: number;
  /** Tokens that the load rotates through. */
  readonly tokens: number;
  /** Ids of peers to run; empty for all that are installed. */
  readonly only: readonly string[];
  /** What to measure: `LANES`. */
  readonly lanes: readonly string[];
  /** Rows of the audit chain that is verified. */
  readonly auditRows: number;
  /** Writes the table to docs/benchmarks.md. */
  readonly write: boolean;
  /** Writes all figures there as JSON. */
  readonly json: string | undefined;
}

/** `keycloak` only where `KEYCLOAK_HOME` names one. */
const LANES =
  "json,latency,first,stream,crowd,exchange,introspection,keycloak,verification,revocation,audit,memory,tasks";

export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "5" },
      connections: { type: "string", default: "32" },
      tokens: { type: "string", default: "1000" },
      only: { type: "string", default: "" },
      lanes: { type: "string", default: LANES },
      "audit-rows": { type: "string", default: "1000000" },
      write: { type: "boolean", default: false },
      json: { type: "string" },
    },
  });
  return {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    tokens: Number(values.tokens),
    only: values.only.split(",").filter(Boolean),
    lanes: values.lanes.split(","),
    auditRows: Number(values["audit-rows"]),
    write: values.write,
    json: values.json,
  };
}
