import { ok, type Result, refuse } from "../../core/result.ts";

/** How long a `did:key` is as text, by the first characters that its codec gives it. */
const KEY_LENGTHS: ReadonlyMap<string, number> = new Map([
  ["did:key:z6Mk", "did:key:".length + 48],
  ["did:key:zDn", "did:key:".length + 49],
  ["did:key:zQ3s", "did:key:".length + 49],
]);

export interface Prefixed {
  /** What stands in front of the token: it must be its `iss`. */
  readonly did: string;
  readonly token: string;
}

/**
 * The historical form `<did>.<header>.<payload>.<signature>`, for compatibility alone; a `did:key` also stands without the dot
 * behind it, since its codec says how long it is. The token in it is a DID token like any other. Pure.
 */
export function splitPrefixed(text: string): Result<Prefixed, "malformed"> {
  const parts = text.split(".");
  const [payload, signature] = parts.slice(-2);
  const head = parts.slice(0, -2).join(".");
  const split = splitDelimited(head) ?? splitKey(head);
  if (split === undefined || parts.length < 3) return refuse("malformed");
  return ok({ did: split.did, token: `${split.header}.${payload}.${signature}` });
}

interface Head {
  readonly did: string;
  readonly header: string;
}

/** A method's name may hold dots (`did:web`), a header none. */
function splitDelimited(head: string): Head | undefined {
  const dot = head.lastIndexOf(".");
  return dot < 0 ? undefined : { did: head.slice(0, dot), header: head.slice(dot + 1) };
}

function splitKey(head: string): Head | undefined {
  const [, length] = [...KEY_LENGTHS].find(([start]) => head.startsWith(start)) ?? [];
  if (length === undefined || head.length <= length) return undefined;
  return { did: head.slice(0, length), header: head.slice(length) };
}
