import { createRequire } from "node:module";

/** What a reference parser makes of a response's bytes. */
export interface Reference {
  status: number;
  reason: string;
  lines: string[];
  body: string;
  trailers: string[];
  /** Its connection may serve another request. */
  keep: boolean;
}

/** What it makes of a request's. */
export interface RequestReference {
  readonly method: string;
  readonly target: string;
  readonly lines: string[];
  body: string;
}

/** Node's own parser, which its HTTP client and server run on; not in its types. */
interface Parser {
  initialize(type: number, resource: object): void;
  execute(bytes: Buffer): number | Error;
  finish(): Error | undefined;
  [event: number]: unknown;
}
type ParserClass = (new () => Parser) & Readonly<Record<string, number>>;

const { HTTPParser, methods } = createRequire(import.meta.url)("_http_common") as {
  HTTPParser: ParserClass;
  methods: readonly string[];
};
const {
  REQUEST = 1,
  RESPONSE = 2,
  kOnHeaders = 1,
  kOnHeadersComplete = 2,
  kOnBody = 3,
  kOnMessageComplete = 4,
} = HTTPParser;

/** A parser's events, gathered. */
interface Message {
  /** As `kOnHeadersComplete` is given it: versions, lines, method, target, status, reason, upgrade, keep-alive. */
  readonly head: readonly unknown[];
  readonly lines: string[];
  body: string;
  trailers: string[];
}

/** @returns the messages that came whole; `undefined` where llhttp refuses the bytes, or finds the last one incomplete */
function parse(type: number, text: string, isBodiless: boolean): Message[] | undefined {
  const parser = new HTTPParser();
  parser.initialize(type, {});
  const whole: Message[] = [];
  let current: Message | undefined;
  let flushed: string[] = [];
  parser[kOnHeaders] = (lines: string[]) => void flushed.push(...lines);
  parser[kOnHeadersComplete] = (...head: unknown[]) => {
    const lines = [...flushed, ...((head[2] as string[] | undefined) ?? [])];
    flushed = [];
    current = { head, lines, body: "", trailers: [] };
    // What Node's client answers where no body may follow.
    return isBodiless ? 1 : 0;
  };
  parser[kOnBody] = (piece: Buffer) => {
    if (current !== undefined) current.body += piece.toString("latin1");
  };
  parser[kOnMessageComplete] = () => {
    if (current !== undefined) whole.push({ ...current, trailers: flushed });
    flushed = [];
  };
  const done = parser.execute(Buffer.from(text, "latin1"));
  return done instanceof Error || parser.finish() instanceof Error ? undefined : whole;
}

/** The response to one request, interim ones left out. @param text latin1, everything until the connection's end */
export function readByLlhttp(text: string, { bodiless = false } = {}): Reference | undefined {
  const found = parse(RESPONSE, text, bodiless)?.find(({ head }) => Number(head[5]) >= 200);
  if (found === undefined) return undefined;
  const { head, lines, body, trailers } = found;
  return { status: Number(head[5]), reason: String(head[6]), lines, body, trailers, keep: head[8] === true };
}

/** All requests that a server would see in these bytes. */
export function requestsByLlhttp(text: string): RequestReference[] | undefined {
  return parse(REQUEST, text, false)?.map(({ head, lines, body }) => ({
    method: methods[Number(head[3])] ?? "",
    target: String(head[4]),
    lines,
    body,
  }));
}
