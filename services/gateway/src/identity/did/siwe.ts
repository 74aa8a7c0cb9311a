import type { Clock } from "../../core/clock.ts";
import { ownerKey } from "../../core/owner.ts";
import type { WalletLogin, WalletRefusal } from "../../core/ports/wallet-login.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import { ADMIN_SCOPES } from "../user-scopes.ts";
import { type DidRules, isAllowed } from "./allow.ts";
import { checksumAddress, keccak256, recoverAddress } from "./ethereum.ts";
import { type PkhAccount, pkhOf, readPkh } from "./pkh.ts";
import { parseSiweMessage, type SiweMessage } from "./siwe-message.ts";
import { createSiweNonces, NONCE_LIFE_MS } from "./siwe-nonces.ts";

export interface WalletLoginOptions {
  /** `null`: off. */
  readonly did: DidRules | null;
  /** What a message may be signed for: PUBLIC_URL and its other spellings. */
  readonly dpop: { readonly origins: readonly string[] };
  readonly scopes: {
    readonly user: readonly string[];
    readonly admins: readonly { readonly iss: string; readonly sub: string }[];
  };
}

export interface WalletLoginParts {
  readonly clock: Clock;
  /** The subkey for nonces, 32 bytes. */
  readonly nonceKey: Buffer;
}

/** How far a wallet's clock may be from ours, in milliseconds. */
const SKEW_MS = 30_000;
const SIGNATURE = /^0x[0-9a-fA-F]{130}$/;

/** Verifies what a wallet signs to log in (EIP-4361 over EIP-191). Contracts' signatures (EIP-1271) need a chain to ask: refused. @returns `undefined` where `did:pkh` is off */
export function createWalletLogin(
  { did: rules, dpop, scopes }: WalletLoginOptions,
  { clock, nonceKey }: WalletLoginParts,
): WalletLogin | undefined {
  if (rules === null || !rules.methods.includes("pkh")) return undefined;
  const nonces = createSiweNonces(nonceKey);
  const admins = new Set(scopes.admins.map(ownerKey));
  const sites = dpop.origins.map((origin) => new URL(origin));

  return {
    nonceLifeSeconds: NONCE_LIFE_MS / 1000,
    nonce: () => nonces.make(clock.now()),
    async verify(text, signature) {
      const now = clock.now();
      const message = parseSiweMessage(text);
      if (message === undefined || !SIGNATURE.test(signature)) return refuse("malformed");
      if (!sites.some((site) => isSignedFor(message, site))) return refuse("wrong_domain");
      const until = nonces.read(message.nonce, now);
      if (until === undefined) return refuse("unknown_nonce");
      const timely = judgeTimes(message, now);
      if (!timely.ok) return timely;
      const account = await readAccount(message);
      if (account === undefined) return refuse("malformed");
      if (!isAllowed(account.did, rules)) return refuse("not_allowed");
      if (!(await isSignedBy(account, text, signature))) return refuse("bad_signature");
      const owner = { iss: account.did, sub: account.did, tenant: null };
      return ok({
        owner,
        scopes: [...scopes.user, ...(admins.has(ownerKey(owner)) ? ADMIN_SCOPES : [])],
        // The space keeps it apart from every client's: no identifier has one.
        use: { issuer: "siwe nonce", jti: message.nonce, expiresAt: until },
        expiresAt: message.expiresAt ?? null,
      });
    },
  };
}

/** The site that the wallet showed, and the address it was asked from, are both ours. */
function isSignedFor({ scheme, domain, uri }: SiweMessage, site: URL): boolean {
  const isScheme = scheme === undefined || `${scheme.toLowerCase()}:` === site.protocol;
  const { origin, username, password } = new URL(uri);
  return isScheme && domain === site.host && origin === site.origin && username + password === "";
}

function judgeTimes(
  { issuedAt, expiresAt, notBefore }: SiweMessage,
  now: number,
): Result<undefined, WalletRefusal> {
  if (expiresAt !== undefined && now >= expiresAt) return refuse("expired");
  if (issuedAt > now + SKEW_MS || (notBefore !== undefined && notBefore > now + SKEW_MS))
    return refuse("not_yet_valid");
  return ok(undefined);
}

/** EIP-4361 wants the checksummed address: all lower case is not it. */
async function readAccount({ address, chainId }: SiweMessage): Promise<PkhAccount | undefined> {
  if ((await checksumAddress(address)) !== address) return undefined;
  return readPkh(pkhOf(Number(chainId), address));
}

/** EIP-191, `personal_sign`: the length is that of the bytes. */
async function isSignedBy({ address }: PkhAccount, text: string, signature: string): Promise<boolean> {
  const message = Buffer.from(text, "utf8");
  const digest = await keccak256(Buffer.from(`\x19Ethereum Signed Message:\n${message.length}`), message);
  return (await recoverAddress(digest, Buffer.from(signature.slice(2), "hex"))) === address;
}
