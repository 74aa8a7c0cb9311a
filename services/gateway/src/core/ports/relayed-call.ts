import type { IncomingHttpHeaders } from "node:http";
import type { GatewayError } from "../errors.ts";
import type { Principal } from "../principal.ts";
import type { Result } from "../result.ts";

/** A request's body as a station before the relay has read it. */
export interface ReadBody {
  /** Goes to the engine as it stands; `null` where it was too large to be read, and is still to come. */
  readonly body: Buffer | null;
  /** The object that it holds, not to be changed; `null` where it is no single JSON object, or one that engines may read differently. */
  readonly json: Readonly<Record<string, unknown>> | null;
  /** `null` where it names none, or cannot be read. */
  readonly model: string | null;
  /** Its `stream` member; `null` where it says nothing, and the engine's default holds. */
  readonly stream: boolean | null;
}

/** One call on its way to an engine, as the rooms beside the relay are told of it: allowed by scope and policy. */
export interface RelayedCall {
  readonly requestId: string;
  readonly principal: Principal;
  readonly session: string;
  readonly method: string;
  /** As the scope table judged it: normalised, without the prefix of an upstream. */
  readonly path: string;
  readonly scope: string;
  /** The upstream it is meant for. Another may have to stand in: `CallEnd` says which one served. */
  readonly upstream: string;
  /** `null` where it was not read: no inference call, or one without a body. */
  readonly read: ReadBody | null;
  /** The caller's, names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** When it passed the policies, milliseconds since the epoch. */
  readonly at: number;
}

/** How a relayed request ended. */
export interface CallEnd {
  /** The upstream that served it, or was tried last. */
  readonly upstream: string;
  /** What the client was told; 0 where it left before anything was. */
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** When the engine's response head came, milliseconds since the epoch; `null` when none did. */
  readonly firstByteAt: number | null;
  readonly endedAt: number;
  /** The client's connection closed before the end. */
  readonly aborted: boolean;
  /** What the gateway answered instead of the engine, or cut the response short for. */
  readonly error: GatewayError | null;
}

/**
 * Sees an engine's answer on its way to the client, without delaying or changing it. With a tap the engine is asked for an
 * answer that is not compressed (S22). The end comes to whoever settles the call.
 */
export interface ResponseTap {
  /** Once, for the answer that goes to the client. @param headers name, value, …: as the client sees them */
  head(status: number, headers: readonly string[]): void;
  /** Synchronous and quick. `piece` may be kept, and must not be changed. */
  data(piece: Buffer): void;
}

/** What a call has cost. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The engine's own figures, or ours where it gave none. */
  readonly source: "engine" | "estimate";
}

/** Somebody who follows one call. Whatever it throws is logged and is not heard from again; the call goes on. */
export interface CallWatch {
  readonly tap?: ResponseTap;
  /** Goes to the engine in place of what was read. */
  readonly body?: Buffer;
  /** Sent to the engine too: name, value, name, value, …. */
  readonly stamps?: readonly string[];
}

/** Follows calls to learn what they cost. Asked once a call; `null`: nothing to learn from this one. */
export interface UsageMeter {
  begin(call: RelayedCall): UsageWatch | null;
}

export interface UsageWatch extends CallWatch {
  /** Called once. Where counting takes time, a promise: nobody but the settlement waits for it. */
  settle(end: CallEnd): Usage | null | Promise<Usage | null>;
}

/** Follows calls to remember them. */
export interface Mirror {
  begin(call: RelayedCall): MirrorWatch | null;
}

export interface MirrorWatch extends CallWatch {
  /** Called once, when the call is over. */
  settle(end: CallEnd): void;
}

/** The station after the policies: may this call be made now, and what is set aside for it? */
export interface CallLimiter {
  reserve(call: RelayedCall): Admission | Promise<Admission>;
}

/** A refusal carries its own headers (`Retry-After`, `RateLimit`). */
export type Admission = Result<Reservation, GatewayError>;

export interface Reservation {
  /** Told to the client with the answer: name, value, name, value, …. */
  readonly headers: readonly string[];
  /** Called exactly once for every reservation, however the call ended. `null`: what it cost is not known. */
  settle(end: CallEnd, usage: Usage | null): void;
}
