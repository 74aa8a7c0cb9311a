import { createHmac } from "node:crypto";
import { macKey } from "./mac-key.ts";
import type { Owner } from "./owner.ts";

/**
 * The session of a user's own call: deterministic, not guessable (CONTRACT §4, S12). A JSON array is hashed, so that no
 * choice of user-agent can make two owners collide.
 * @param key the subkey derived for sessions, 32 bytes
 * @returns 64 hex digits
 */
export function sessionId(key: Buffer, owner: Owner, userAgent: string): string {
  return createHmac("sha256", macKey(key))
    .update(JSON.stringify([owner.iss, owner.sub, userAgent]))
    .digest("hex");
}
