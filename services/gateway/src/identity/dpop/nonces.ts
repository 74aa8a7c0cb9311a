import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { decodeBase64url } from "../base64url.ts";

/** A nonce is good for this long after the step it was made in, in milliseconds. */
const NONCE_LIFE_MS = 180_000;
/** All nonces of a step are one, so that making them costs nothing. */
const STEP_MS = 10_000;
/** How far the clock of another process may be ahead. */
const SKEW_MS = 5_000;

const TIME_BYTES = 6;
const PROCESS_BYTES = 8;
const MAC_BYTES = 16;
const LENGTH = TIME_BYTES + PROCESS_BYTES + MAC_BYTES;

export interface NonceReading {
  /** Milliseconds since the epoch; it is good until then. */
  readonly until: number;
  /** Made by this process since it started. */
  readonly isOwn: boolean;
  readonly isFresh: boolean;
}

/** Nonces that need no memory (RFC 9449 §8): time and process under a MAC. */
export interface Nonces {
  current(now: number): string;
  /** @returns `undefined` for what no process of this authority has made */
  read(nonce: string, now: number): NonceReading | undefined;
}

/**
 * @param key the subkey for nonces, 32 bytes: shared by all processes, so that each knows the others' as genuine. Which of them
 * made one is in it, because what a process has seen before, no other knows (S11).
 */
export function createNonces(key: Buffer): Nonces {
  const process = randomBytes(PROCESS_BYTES);
  let madeAt = -1;
  let made = "";

  const macOf = (body: Buffer) => createHmac("sha256", key).update(body).digest().subarray(0, MAC_BYTES);

  return {
    current(now) {
      const time = Math.floor(now / STEP_MS) * STEP_MS;
      if (time !== madeAt) {
        const body = Buffer.concat([Buffer.alloc(TIME_BYTES), process]);
        body.writeUIntBE(time, 0, TIME_BYTES);
        made = Buffer.concat([body, macOf(body)]).toString("base64url");
        madeAt = time;
      }
      return made;
    },
    read(nonce, now) {
      const bytes = decodeBase64url(nonce);
      if (bytes?.length !== LENGTH) return undefined;
      const body = bytes.subarray(0, TIME_BYTES + PROCESS_BYTES);
      if (!timingSafeEqual(bytes.subarray(-MAC_BYTES), macOf(body))) return undefined;
      const time = body.readUIntBE(0, TIME_BYTES);
      const until = time + NONCE_LIFE_MS;
      return {
        until,
        isOwn: body.subarray(TIME_BYTES).equals(process),
        isFresh: now <= until && time <= now + SKEW_MS,
      };
    },
  };
}
