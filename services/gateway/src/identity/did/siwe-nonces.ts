import { createHmac, timingSafeEqual } from "node:crypto";
import { randomHex } from "../../core/ids.ts";

/** How long a wallet may take to sign, in milliseconds. */
export const NONCE_LIFE_MS = 5 * 60_000;
/** How far the clock of another process may be ahead. */
const SKEW_MS = 5_000;

const TIME_DIGITS = 12;
const RANDOM_DIGITS = 32;
const MAC_DIGITS = 32;
const NONCE = new RegExp(`^[0-9a-f]{${TIME_DIGITS + RANDOM_DIGITS + MAC_DIGITS}}$`);

/** Nonces that need no memory until they are used: time and chance under a MAC, letters and digits as EIP-4361 asks. */
export interface SiweNonces {
  make(now: number): string;
  /** @returns until when it is good; `undefined` for what no process of this authority has made, or is too old */
  read(nonce: string, now: number): number | undefined;
}

/** @param key the subkey for these nonces, 32 bytes: shared by all processes */
export function createSiweNonces(key: Buffer): SiweNonces {
  const macOf = (body: string) => createHmac("sha256", key).update(body).digest("hex").slice(0, MAC_DIGITS);
  return {
    make(now) {
      const body = Math.floor(now).toString(16).padStart(TIME_DIGITS, "0") + randomHex(RANDOM_DIGITS);
      return body + macOf(body);
    },
    read(nonce, now) {
      if (!NONCE.test(nonce)) return undefined;
      const body = nonce.slice(0, -MAC_DIGITS);
      if (!timingSafeEqual(Buffer.from(nonce.slice(-MAC_DIGITS)), Buffer.from(macOf(body)))) return undefined;
      const made = Number.parseInt(nonce.slice(0, TIME_DIGITS), 16);
      const until = made + NONCE_LIFE_MS;
      return made <= now + SKEW_MS && now < until ? until : undefined;
    },
  };
}
