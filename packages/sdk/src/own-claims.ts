import type { AgentTokenClaims } from "@attach-dev/protocol";
import { parseObject } from "./bounded-body.ts";

/** What the SDK reads in an agent token that it holds: to name a token and its delegation, never to trust. */
export type OwnClaims = {
  readonly [name in keyof Pick<AgentTokenClaims, "jti" | "dlg" | "sid">]: string | undefined;
};

const NONE: OwnClaims = { jti: undefined, dlg: undefined, sid: undefined };

/**
 * Claims of a token that this program got from its own gateway, decoded without verification. An opaque token has
 * none.
 */
export function readOwnClaims(token: string): OwnClaims {
  const parts = token.split(".");
  if (parts.length !== 3) return NONE;
  const payload = decode(parts[1] ?? "");
  const claims = payload === undefined ? undefined : parseObject(payload);
  const text = (name: keyof OwnClaims) => {
    const value = claims?.get(name);
    return typeof value === "string" ? value : undefined;
  };
  return { jti: text("jti"), dlg: text("dlg"), sid: text("sid") };
}

function decode(base64url: string): string | undefined {
  try {
    const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
