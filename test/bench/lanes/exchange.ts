import { type FormLoadResult, loadForms } from "../form-load.ts";
import { startAttach } from "../peers/attach.ts";
import type { Setting } from "../peers/peer.ts";
import { cpuMicroseconds } from "../pinned.ts";
import { median } from "../statistics.ts";
import type { BenchIssuer } from "../tokens.ts";

/** One way to ask the authority, over all rounds. */
export interface ExchangeRow {
  readonly name: string;
  /** Where it keeps what it grants. */
  readonly store: string;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Of the server with all its threads, for one answer, in microseconds. */
  readonly cpu: number;
  /** Answers that were no 200, and connections that failed. */
  readonly errors: number;
}

export interface ExchangeOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

const DURABLE = "SQLite, WAL, synchronous=FULL";
export const EXCHANGE = {
  grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
  subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
};

/** Subject tokens that one round of fresh ones may use up, by second; the load stops at the last one. */
const FRESH_A_SECOND = 8_000;

/**
 * `POST /oauth/token` (RFC 8693) on the durable SQLite store: for users whose token the gateway has seen before, and with an
 * RS256 subject token that it has not. Needs `wrk`.
 */
export async function measureExchange(
  setting: Setting,
  issuer: BenchIssuer,
  { rounds, seconds, connections }: ExchangeOptions,
): Promise<ExchangeRow[]> {
  const { peer } = await startAttach(setting);
  const { folder } = setting;
  const fields = { ...EXCHANGE, client_id: "bench-agent", scope: "llm:read" };
  const once = (values: readonly string[]) =>
    costed(peer.pid, () =>
      loadForms({
        ...{ folder, url: peer.url, path: "/oauth/token", fields, seconds, connections },
        varied: { name: "subject_token", values },
      }),
    );
  try {
    const known: Costed[] = [];
    const fresh: Costed[] = [];
    await once(issuer.tokens);
    for (let round = 0; round < rounds; round += 1) {
      known.push(await once(issuer.tokens));
      fresh.push(await once(await issuer.sign(FRESH_A_SECOND * seconds)));
    }
    return [
      overRounds("subject token seen before", DURABLE, known),
      overRounds("RS256 subject token, new each time", DURABLE, fresh),
    ];
  } finally {
    await peer.stop();
  }
}

export type Costed = FormLoadResult & { readonly cpu: number };

/** A load, and what the process of `pid` worked for each of its requests. */
export async function costed(pid: number | undefined, load: () => Promise<FormLoadResult>): Promise<Costed> {
  if (pid === undefined) throw new Error("nothing runs that could be measured");
  const before = cpuMicroseconds(pid);
  const result = await load();
  return { ...result, cpu: (cpuMicroseconds(pid) - before) / result.count };
}

/** The medians of all rounds. */
export function overRounds(name: string, store: string, rounds: readonly Costed[]): ExchangeRow {
  const of = (read: (round: Costed) => number) => median(rounds.map(read));
  return {
    name,
    store,
    perSecond: of((round) => round.perSecond),
    p50: of((round) => round.p50),
    p99: of((round) => round.p99),
    cpu: of((round) => round.cpu),
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
  };
}
