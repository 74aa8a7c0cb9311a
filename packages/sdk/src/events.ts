import { AttachError } from "./errors.ts";

/** A token was issued, or renewed within its delegation. Never the token's text. */
export interface TokenEvent<Type extends "issued" | "renewed" = "issued" | "renewed"> {
  readonly type: Type;
  readonly agentId: string;
  /** What was granted, which may be less than was asked for (`SCOPE_MODE=lenient`). */
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
  /** `jti`, as the audit trail names the token. */
  readonly tokenId: string | undefined;
  /** `dlg`: stable over renewals. */
  readonly delegation: string | undefined;
  /** `sid`: shared by all agents of one workflow. */
  readonly session: string | undefined;
}

/** An agent's delegation was revoked by its own `revoke()`. */
export interface RevokedEvent {
  readonly type: "revoked";
  readonly agentId: string;
  readonly tokenId: string | undefined;
  readonly delegation: string | undefined;
}

/** The gateway refused: an exchange, a renewal, a revocation, or a call (401 and 403 of the gateway itself). */
export interface RefusedEvent {
  readonly type: "refused";
  readonly agentId: string;
  readonly operation: "exchange" | "renewal" | "revocation" | "call";
  /** Its `code`, `status`, `requestId` and `challenge` say why. */
  readonly error: AttachError;
}

/** What `attach.on()` tells, by name. */
export interface AttachEvents {
  readonly issued: TokenEvent<"issued">;
  readonly renewed: TokenEvent<"renewed">;
  readonly revoked: RevokedEvent;
  readonly refused: RefusedEvent;
}

/** Called at once when something happened. What it throws or rejects with reaches the console, never the call. */
export type AttachListener<Name extends keyof AttachEvents> = (event: AttachEvents[Name]) => unknown;

type AnyEvent = AttachEvents[keyof AttachEvents];
type AnyListener = (event: AnyEvent) => unknown;

/** The listeners of one client. */
export class Events {
  readonly #listeners: ReadonlyMap<string, Set<{ readonly call: AnyListener }>> = new Map(
    ["issued", "renewed", "revoked", "refused"].map((name) => [name, new Set()]),
  );

  /** @returns a function that takes this listener away again */
  on<Name extends keyof AttachEvents>(name: Name, listener: AttachListener<Name>): () => void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined || typeof listener !== "function") {
      throw new AttachError("invalid_argument", "on() takes the name of an event and a function");
    }
    // An entry of its own each time: the same function may listen twice, and each goes away alone.
    const entry = { call: listener as AnyListener };
    listeners.add(entry);
    return () => void listeners.delete(entry);
  }

  emit(event: AnyEvent): void {
    for (const { call } of [...(this.#listeners.get(event.type) ?? [])]) {
      try {
        const returned = call(event);
        if (returned instanceof Promise) returned.catch(blame);
      } catch (error) {
        blame(error);
      }
    }
  }
}

function blame(error: unknown): void {
  console.error("a listener of attach.on() failed:", error);
}
