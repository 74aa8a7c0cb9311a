/** Longest message that is read, in characters. */
const MAX_MESSAGE_LENGTH = 4096;

/** A message of EIP-4361. Times are milliseconds since the epoch. */
export interface SiweMessage {
  readonly scheme: string | undefined;
  readonly domain: string;
  /** As it is written: its checksum has not been judged. */
  readonly address: string;
  readonly statement: string | undefined;
  readonly uri: string;
  readonly chainId: string;
  readonly nonce: string;
  readonly issuedAt: number;
  readonly expiresAt: number | undefined;
  readonly notBefore: number | undefined;
  readonly requestId: string | undefined;
  readonly resources: readonly string[];
}

/** RFC 3986: what an authority, a path and a whole address may be written with. */
const AUTHORITY = String.raw`[\w.~!$&'()*+,;=:%@\[\]-]+`;
const SEGMENT = String.raw`(?:[\w.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*`;
const ADDRESS = String.raw`[A-Za-z][A-Za-z0-9+.-]*:(?:[\w.~!$&'()*+,;=:@/?#\[\]-]|%[0-9A-Fa-f]{2})+`;
const STATEMENT = String.raw`[\w.~:/?#\[\]@!$&'()*+,;= -]+`;
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)`;

/** The grammar of EIP-4361, one line after the other. A message without a statement has its empty line once or twice. */
const MESSAGE = new RegExp(
  [
    `^(?:(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?<domain>${AUTHORITY})`,
    " wants you to sign in with your Ethereum account:\\n",
    `(?<address>0x[0-9a-fA-F]{40})\\n\\n(?:(?<statement>${STATEMENT})\\n\\n|\\n)?`,
    `URI: (?<uri>${ADDRESS})\\nVersion: 1\\nChain ID: (?<chainId>[0-9]{1,16})\\n`,
    `Nonce: (?<nonce>[A-Za-z0-9]{8,})\\nIssued At: (?<issuedAt>${TIME})`,
    `(?:\\nExpiration Time: (?<expiresAt>${TIME}))?(?:\\nNot Before: (?<notBefore>${TIME}))?`,
    `(?:\\nRequest ID: (?<requestId>${SEGMENT}))?(?:\\nResources:(?<resources>(?:\\n- ${ADDRESS})*))?$`,
  ].join(""),
);

/** Reads a log-in message to the letter: what a wallet showed is what is meant. Pure. @returns `undefined` for anything else */
export function parseSiweMessage(text: string): SiweMessage | undefined {
  const found = text.length > MAX_MESSAGE_LENGTH ? undefined : MESSAGE.exec(text)?.groups;
  if (found === undefined) return undefined;
  const {
    scheme,
    domain = "",
    address = "",
    statement,
    uri = "",
    chainId = "",
    nonce = "",
    requestId,
  } = found;
  const [issuedAt, expiresAt, notBefore] = [found["issuedAt"], found["expiresAt"], found["notBefore"]].map(
    readTime,
  );
  const resources = (found["resources"] ?? "").split("\n- ").slice(1);
  const isWhole =
    issuedAt !== undefined &&
    !Number.isNaN(issuedAt + (expiresAt ?? 0) + (notBefore ?? 0)) &&
    URL.canParse(`http://${domain}`) &&
    [uri, ...resources].every((one) => URL.canParse(one));
  if (!isWhole) return undefined;
  return {
    scheme,
    domain,
    address,
    statement,
    uri,
    chainId,
    nonce,
    issuedAt,
    expiresAt,
    notBefore,
    requestId,
    resources,
  };
}

/** RFC 3339. `NaN` for a day that no month has, which `Date` would carry over into the next. */
function readTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split("-").map(Number);
  const isDay = day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  return isDay ? Date.parse(text) : Number.NaN;
}
