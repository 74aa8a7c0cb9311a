import { createHash } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { SigningKeys } from "../../core/ports/keys.ts";
import type { Era } from "../calls/operations.ts";
import type { AgentCard } from "./read.ts";
import { type Place, rewriteCard } from "./rewrite.ts";
import { signCard } from "./sign.ts";

/** A card as it leaves. */
export interface PublishedCard {
  readonly body: string;
  readonly etag: string;
  /** When it came to be so, as HTTP has it. */
  readonly lastModified: string;
}

export interface PublishOptions {
  readonly keys: Pick<SigningKeys, "active">;
  readonly publicUrl: string;
  readonly clock: Clock;
}

interface Made extends PublishedCard {
  readonly content: string;
  readonly kid: string;
}

const ENTRIES = 2_048;

/** Public cards, signed anew only where something in them, or our key, has changed: the signature is another each time, and so would the ETag be. */
export function createPublisher({ keys, publicUrl, clock }: PublishOptions) {
  const made = new Map<string, Made>();
  return (card: AgentCard, base: string, era: Era): PublishedCard => {
    const place: Place = { publicUrl, base };
    const content = rewriteCard(card, place, era);
    const text = JSON.stringify(content);
    const { kid } = keys.active();
    const key = `${era} ${base}`;
    const standing = made.get(key);
    if (standing?.content === text && standing.kid === kid) return standing;
    const body = JSON.stringify(signCard(content, keys, publicUrl));
    const fresh: Made = {
      content: text,
      kid,
      body,
      etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
      lastModified: new Date(clock.now()).toUTCString(),
    };
    if (made.size >= ENTRIES) made.clear();
    made.set(key, fresh);
    return fresh;
  };
}
