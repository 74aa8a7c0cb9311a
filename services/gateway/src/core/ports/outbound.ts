import type { LookupAddress, LookupOptions } from "node:dns";
import type { Result } from "../result.ts";

export interface OutboundRequest {
  /** `http:` or `https:`; whether plain http may be used here is the caller's to judge. */
  readonly url: string;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface OutboundAnswer {
  readonly status: number;
  /** Lower-case names; of several fields with one name, the first. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/**
 * The one door through which the gateway asks servers that somebody else has named (S18): key sets, `did:web` documents, cards,
 * webhooks. Never a redirect, never an address of this machine or its network unless that host was allowed, never more bytes or
 * time than its bounds. Relaying to a configured engine is another matter.
 */
export interface Outbound {
  /** The refusal is a sentence for the log, never for a caller: it may name addresses. Never rejects. */
  send(request: OutboundRequest): Promise<Result<OutboundAnswer, string>>;
  close(): void;
}

/** Judges where a connection goes (S18), for what streams and so is no single `send`. */
export interface AddressGuard {
  /** A socket looks names up with this: it gets the addresses that were judged, or an error. */
  readonly lookup: (
    host: string,
    options: LookupOptions,
    done: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
  ) => void;
  /** To be asked first: a socket does not look up what is an address already. */
  mayConnect(host: string): boolean;
  /** Whether it may be spoken to in the clear, also with a token: only where the operator has named it. */
  mayGoPlain(host: string): boolean;
  /** Both at once, to tell somebody early: `false` where a host is known to be at an address that is not public. One that is not found may yet be. */
  mayReach(host: string): Promise<boolean>;
}
