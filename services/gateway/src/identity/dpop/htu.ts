import { remember } from "../../core/remember.ts";

/** `scheme://authority`, then a path, a query and a fragment that are not compared. No user names, nothing that parsers read in two ways. */
const HTU = /^(https?:\/\/[A-Za-z0-9.:[\]_~-]+)(\/[\x21\x22\x24-\x3e\x40-\x5b\x5d-\x7e]*)?(?:[?#]|$)/i;
const UNRESERVED = /[A-Za-z0-9._~-]/;

/**
 * Does a proof's `htu` name this request (RFC 9449 §4.3)? The origin must be one of ours as configured: `Host` and
 * `X-Forwarded-*` are the sender's to write, and prove nothing (S11). Query and fragment are not compared.
 * @param target the request target as it came: origin-form, checked (S14)
 * @param origins as `URL` spells them
 */
export function namesThisRequest(htu: string, target: string, origins: ReadonlySet<string>): boolean {
  const [, origin, path = "/"] = HTU.exec(htu) ?? [];
  if (origin === undefined || !origins.has(normaliseOrigin(origin))) return false;
  const mark = target.indexOf("?");
  const asked = mark === -1 ? target : target.slice(0, mark);
  return path === asked || normalisePath(path) === normalisePath(asked);
}

/** Lower case, without the port that the scheme implies (RFC 3986 §6.2.3). */
const normaliseOrigin = remember((origin) => (URL.canParse(origin) ? new URL(origin).origin : ""), {
  entries: 256,
  length: 256,
});

/** RFC 3986 §6.2.2: escapes of what needs none are undone, the others written in upper case. Dot segments are left: a target has none. */
function normalisePath(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (written, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return UNRESERVED.test(character) ? character : written.toUpperCase();
  });
}
