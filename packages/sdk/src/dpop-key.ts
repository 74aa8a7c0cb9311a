import { encodeBase64url } from "./base64url.ts";
import { AttachError } from "./errors.ts";
import type { Presenter } from "./presenter.ts";
import { randomId, signJws } from "./sign-jws.ts";
import type { WebKeyPair } from "./web-crypto.ts";

interface Target {
  readonly method: string;
  readonly url: URL;
}

const MAX_NONCE = 1024;

/**
 * The key that an agent's tokens are bound to: who steals a token cannot use it. The private half is made where it stays: not
 * even this program can read it.
 * @see [RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)
 */
export class DpopKey implements Presenter {
  readonly tokenType = "DPoP";
  readonly #now: () => number;
  #pair: Promise<WebKeyPair> | undefined;
  #jwk: Promise<object> | undefined;
  #nonce: string | undefined;

  /** @param pair a key of the caller's, such as one that a token was bound to before */
  constructor(now: () => number, pair?: WebKeyPair) {
    this.#now = now;
    if (pair !== undefined) this.#pair = Promise.resolve(pair);
  }

  async present(target: Target, token: string): Promise<Headers> {
    return new Headers({ Authorization: `DPoP ${token}`, DPoP: await this.#proof(target, token) });
  }

  async prove(target: Target, token: string): Promise<Headers> {
    return new Headers({ DPoP: await this.#proof(target, token) });
  }

  /** RFC 9449 §8.2: the nonce of the latest answer counts. */
  heed(response: Response): boolean {
    const nonce = response.headers.get("DPoP-Nonce");
    // NQCHAR; two headers would come joined by a comma and a space.
    if (nonce === null || nonce.length > MAX_NONCE || !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(nonce))
      return false;
    this.#nonce = nonce;
    return true;
  }

  /** RFC 9449 §4.2. */
  async #proof({ method, url }: Target, token: string): Promise<string> {
    const { privateKey } = await this.#keys();
    this.#jwk ??= this.#publicJwk();
    const header = { typ: "dpop+jwt", jwk: await this.#jwk };
    const ath = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
    const claims = {
      jti: randomId(),
      htm: method,
      htu: `${url.origin}${url.pathname}`,
      iat: Math.floor(this.#now() / 1000),
      ath: encodeBase64url(ath),
      ...(this.#nonce === undefined ? {} : { nonce: this.#nonce }),
    };
    return signJws(header, claims, privateKey);
  }

  #keys(): Promise<WebKeyPair> {
    this.#pair ??= crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
      "sign",
      "verify",
    ]);
    return this.#pair;
  }

  /** The public members alone, whatever the runtime exports beside them. */
  async #publicJwk(): Promise<object> {
    const { publicKey } = await this.#keys();
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
    return { kty, crv, x, y };
  }
}

/** @throws AttachError `invalid_argument` unless it is a boolean or a P-256 key pair for signing */
export function checkDpop(option: unknown): boolean | WebKeyPair {
  if (option === undefined || option === false) return false;
  if (option === true) return true;
  const { privateKey, publicKey } = option as Partial<WebKeyPair>;
  const fits = [privateKey, publicKey].every((key) => {
    const algorithm = key?.algorithm as { name?: string; namedCurve?: string } | undefined;
    return algorithm?.name === "ECDSA" && algorithm.namedCurve === "P-256";
  });
  if (fits && privateKey?.type === "private" && publicKey?.extractable) return option as WebKeyPair;
  throw new AttachError("invalid_argument", "dpop is true, or an ECDSA P-256 key pair for signing");
}
