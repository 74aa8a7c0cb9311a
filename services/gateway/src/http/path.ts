import { remember } from "../core/remember.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { readEscapes } from "./path-escapes.ts";

/** Why a request target was refused (S14). Never repaired: what two servers may read differently is not passed on. */
export type TargetRefusal =
  | "form"
  | "too_long"
  | "characters"
  | "empty_segment"
  | "parameters"
  | "encoding"
  | "dot_segment";

/** A request target that every server reads the same way. */
export interface Target {
  /** For matching: unreserved escapes decoded, lower case, no trailing slash. `/` for the root. */
  readonly path: string;
  /** For the upstream: path and query as they came. */
  readonly raw: string;
  /** The query with its `?`, or the empty string. */
  readonly query: string;
}

/** Longest target accepted, in characters: RFC 9110 §4.1 asks for 8000. */
const MAX_TARGET_LENGTH = 8192;
/** Visible ASCII (RFC 3986 §2), without the two that no URI holds bare and servers disagree on. */
const CHARACTERS = /^[\x21\x22\x24-\x5b\x5d-\x7e]+$/;
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/;

/**
 * Reads the target of a request line (RFC 9112 §3.2): origin-form only. Common spellings are remembered, since this runs
 * for every request.
 */
export const readTarget = remember(judge, { entries: 1024, length: 128 });

function judge(raw: string): Result<Target, TargetRefusal> {
  if (raw.length > MAX_TARGET_LENGTH) return refuse("too_long");
  if (!raw.startsWith("/")) return refuse("form");
  if (!CHARACTERS.test(raw)) return refuse("characters");
  const mark = raw.indexOf("?");
  const written = mark === -1 ? raw : raw.slice(0, mark);
  if (written.includes("//")) return refuse("empty_segment");
  // Matrix parameters: some servers cut them off before they match (`/api/pull;x`), others do not.
  if (written.includes(";")) return refuse("parameters");
  const decoded = written.includes("%") ? readEscapes(written) : written;
  if (decoded === undefined) return refuse("encoding");
  if (DOT_SEGMENT.test(decoded)) return refuse("dot_segment");
  return ok({ path: forMatching(decoded), raw, query: mark === -1 ? "" : raw.slice(mark) });
}

function forMatching(path: string): string {
  const lower = path.toLowerCase();
  return lower.length > 1 && lower.endsWith("/") ? lower.slice(0, -1) : lower;
}
