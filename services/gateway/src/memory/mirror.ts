import { actorChain } from "@attach-dev/protocol";
import type { CallEnd, Mirror, MirrorWatch, RelayedCall, ResponseTap } from "../core/ports/relayed-call.ts";
import type { Principal } from "../core/principal.ts";
import type { RawRecord, Speaker } from "./spool/record.ts";
import type { Room } from "./spool/room.ts";

/** Who may say `X-Attach-Memory: off`. */
export type OptOut = "everyone" | "users" | "nobody";

export interface MirrorOptions {
  readonly optOut: OptOut;
  /** Paths, as they are normalised, and agents of which nothing is remembered. */
  readonly exceptPaths: readonly string[];
  readonly exceptAgents: readonly string[];
  readonly room: Room;
  /** Takes a call that is over. */
  record(record: RawRecord): void;
}

/** Where prompts and answers are. */
const CONVERSATIONS = [
  "/api/chat",
  "/api/generate",
  "/v1/chat/completions",
  "/v1/completions",
  "/v1/responses",
  "/v1/messages",
];

/** Bytes of one answer that are kept; what comes beyond is counted as cut. */
const MAX_ANSWER = 8 * 1024 * 1024;

/**
 * Follows relayed calls to remember them: keeps the pieces of an answer as they pass, and hands everything on when the call is
 * over. Nothing is parsed, copied or written here.
 */
export function createMirror(options: MirrorOptions): Mirror {
  const { optOut, exceptAgents, room, record } = options;
  const paths = new Set(CONVERSATIONS.filter((path) => !options.exceptPaths.includes(path)));
  const agents = new Set(exceptAgents);

  function isForgotten({ principal, headers }: RelayedCall): boolean {
    const isAgent = principal.kind === "agent";
    if (isAgent && agents.size > 0 && speakerOf(principal).chain.some((agent) => agents.has(agent)))
      return true;
    if (headers["x-attach-memory"] === undefined || optOut === "nobody") return false;
    // An agent could hide from its user what it does.
    if (isAgent && optOut === "users") return false;
    return String(headers["x-attach-memory"]).trim().toLowerCase() === "off";
  }

  return {
    begin(call) {
      if (call.method !== "POST" || !paths.has(call.path) || isForgotten(call)) return null;
      return new Capture(call, room, record);
    },
  };
}

/** One call while it is under way. */
class Capture implements MirrorWatch, ResponseTap {
  readonly #call: RelayedCall;
  readonly #room: Room;
  readonly #record: (record: RawRecord) => void;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #cut = false;
  #type: string | null = null;
  #encoding: string | null = null;

  constructor(call: RelayedCall, room: Room, record: (record: RawRecord) => void) {
    this.#call = call;
    this.#room = room;
    this.#record = record;
    room.take(call.read?.body?.length ?? 0);
  }

  get tap(): ResponseTap {
    return this;
  }

  head(_status: number, headers: readonly string[]): void {
    for (let at = 0; at < headers.length; at += 2) {
      const { length } = headers[at] ?? "";
      if (length === 12 && headers[at]?.toLowerCase() === "content-type")
        this.#type = headers[at + 1] ?? null;
      else if (length === 16 && headers[at]?.toLowerCase() === "content-encoding")
        this.#encoding = headers[at + 1] ?? null;
    }
  }

  data(piece: Buffer): void {
    if (this.#cut) return;
    if (this.#bytes + piece.length > MAX_ANSWER || this.#room.isFull) {
      this.#cut = true;
      return;
    }
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#room.take(piece.length);
  }

  settle(end: CallEnd): void {
    const { principal, session, requestId, path, at, read, headers } = this.#call;
    this.#record({
      speaker: speakerOf(principal),
      session,
      requestId,
      path,
      task: null,
      startedAt: at,
      endedAt: end.endedAt,
      status: end.status,
      aborted: end.aborted,
      cut: this.#cut,
      requestEncoding: headers["content-encoding"] ?? null,
      responseType: this.#type,
      responseEncoding: this.#encoding,
      request: read?.body ?? null,
      response: this.#pieces,
      responseBytes: this.#bytes,
    });
  }
}

const speakers = new WeakMap<Principal, Speaker>();

/** Worked out once for a remembered token. */
function speakerOf(principal: Principal): Speaker {
  const known = speakers.get(principal);
  if (known !== undefined) return known;
  const speaker: Speaker =
    principal.kind === "agent"
      ? { owner: principal.owner, chain: actorChain(principal.act), root: principal.root }
      : { owner: principal.owner, chain: [], root: null };
  speakers.set(principal, speaker);
  return speaker;
}
