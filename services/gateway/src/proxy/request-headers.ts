import { remember } from "../core/remember.ts";
import { foldName, PLAIN_CONNECTION, requestFate, withoutNominated } from "./header-names.ts";

/** How we authenticate to an upstream: a header of ours in place of the caller's. */
export interface EgressCredential {
  readonly name: string;
  /** The whole value, such as `Bearer sk-…`. */
  readonly value: string;
}

/**
 * Makes the headers that go to one upstream out of the caller's.
 * @param raw name, value, name, value, … as Node gives them
 * @param stamps the headers we vouch for, in the same form
 */
export type WriteRequestHeaders = (
  raw: readonly string[],
  stamps: readonly string[],
  request: {
    readonly method: string;
    /** The answer will be read on its way: it must not come compressed (S22). */
    readonly plain?: boolean;
  },
) => string[];

const TRACE_CONTEXT: ReadonlySet<string> = new Set(["traceparent", "tracestate"]);

/**
 * The one place where request headers are removed, stamped and given the upstream's credential. `Connection` nominations
 * are applied before we stamp, so that no caller can nominate a stamp away (S16). Order and repetition of the rest stay.
 */
export function requestHeaderWriter(
  credential: EgressCredential | null,
  {
    dropKeys = credential !== null,
    isTraced = false,
  }: { readonly dropKeys?: boolean | undefined; readonly isTraced?: boolean | undefined } = {},
): WriteRequestHeaders {
  const replaced = credential === null ? null : foldName(credential.name);
  const fateOf = remember(
    (name) => {
      const fate = requestFate(name);
      // A key of the caller's own would ride beside the one we send, and the engine choose between them.
      if (fate === "api_key") return dropKeys || replaced !== null ? "drop" : "keep";
      const folded = foldName(name);
      // The stamps carry the trace on: the caller's own context would stand beside ours.
      if (isTraced && TRACE_CONTEXT.has(folded)) return "drop";
      return folded === replaced ? "drop" : fate;
    },
    { entries: 1024, length: 64 },
  );

  return (raw, stamps, { method, plain = false }) => {
    let headers: string[] = [];
    let nominations: string[] | undefined;
    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i] ?? "";
      const value = raw[i + 1] ?? "";
      const fate = fateOf(name);
      if (fate === "keep" || (fate === "accept_encoding" && !plain)) headers.push(name, value);
      else if (fate === "connection" && !PLAIN_CONNECTION.test(value)) {
        nominations ??= [];
        nominations.push(value);
      }
    }
    if (nominations !== undefined) headers = withoutNominated(headers, nominations);
    if (plain) headers.push("Accept-Encoding", "identity");
    for (const part of stamps) headers.push(part);
    // TRACE echoes what it was sent (RFC 9110 §9.3.8): it must not carry a key that is not the caller's to see.
    if (credential !== null && method !== "TRACE") headers.push(credential.name, credential.value);
    return headers;
  };
}
