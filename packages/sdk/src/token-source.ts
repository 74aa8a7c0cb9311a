import type { TokenExchangeResponse } from "@attach-dev/protocol";
import { AttachError } from "./errors.ts";
import { type OwnClaims, readOwnClaims } from "./own-claims.ts";

/** Time and chance, given from outside so that tests decide them. */
export interface Timing {
  /** Milliseconds since the epoch. */
  now(): number;
  /** At least 0, below 1. */
  random(): number;
}

/** A token in hand. Times in milliseconds since the epoch, by our own clock. */
export interface HeldToken {
  readonly token: string;
  readonly response: TokenExchangeResponse;
  readonly claims: OwnClaims;
  readonly obtainedAt: number;
  readonly renewAt: number;
  readonly expiresAt: number;
}

/** Gives the user's token; asked for each exchange, so that a fresh one is presented. */
export type Subject = () => Promise<string> | string;

export interface TokenSourceOptions {
  readonly timing: Timing;
  /**
   * Exchanges the subject's token, within `delegation` where there is one already; `own`: the token that is to be replaced, where it
   * is still good.
   */
  readonly exchange: (
    subject: Subject,
    delegation: string | undefined,
    own: string | undefined,
  ) => Promise<TokenExchangeResponse>;
  /** A token that is in hand from the start. */
  readonly initial?: HeldToken | undefined;
  readonly onToken: (held: HeldToken, renewed: boolean) => void;
}

/** Shares of a token's life: renewal begins at 80 %, give or take 4, so that a fleet does not renew in step. */
const RENEW_SHARE = 0.8;
const RENEW_JITTER = 0.04;
/** A token is not sent in its last moments, when it could expire on the way. Milliseconds and share of life. */
const EXPIRY_MARGIN = 5_000;
const EXPIRY_MARGIN_SHARE = 0.1;
/** Milliseconds between two tries of a renewal that failed while the old token is still good. */
const RETRY_PAUSE = 5_000;

/**
 * One delegation's token: kept, renewed before it ends, and asked for once however many want it (single-flight). Lazy: it
 * has no timer, so it keeps no process alive and renews nothing that nobody uses.
 */
export class TokenSource {
  readonly #options: TokenSourceOptions;
  #held: HeldToken | undefined;
  #pending: Promise<HeldToken> | undefined;
  #failure: { readonly error: unknown; readonly until: number } | undefined;
  #closed = false;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
    this.#held = options.initial;
  }

  /** A token that is good now, and not due: what is made of it lives no longer than it does. */
  async getFresh(subject: Subject): Promise<HeldToken> {
    const held = await this.get(subject);
    if (this.#pending === undefined) return held;
    return this.#next(subject).catch((error: unknown) => {
      if (this.#closed || !isUsable(held, this.#options.timing.now())) throw error;
      return held;
    });
  }

  /** A token that is good now. From 80 % of its life on, the next one is fetched meanwhile. */
  async get(subject: Subject): Promise<HeldToken> {
    this.assertOpen();
    const held = this.#held;
    const now = this.#options.timing.now();
    if (held === undefined || !isUsable(held, now)) return this.#next(subject);
    if (now >= held.renewAt && !this.#isPausing(now)) this.#renew(subject).catch(() => undefined);
    return held;
  }

  /**
   * Another token than `failed`, which the gateway did not accept: the one that came meanwhile, or a new one.
   * @throws AttachError also from memory: a refusal is not asked for again within seconds
   */
  async replace(failed: string, subject: Subject): Promise<HeldToken> {
    this.assertOpen();
    const held = this.#held;
    const now = this.#options.timing.now();
    if (held !== undefined && held.token !== failed && isUsable(held, now)) return held;
    if (this.#isPausing(now)) throw this.#failure?.error;
    return this.#next(subject);
  }

  /** Gives out nothing more. @returns the last token there was, good or not, once a pending exchange is over */
  async close(): Promise<HeldToken | undefined> {
    this.#closed = true;
    await this.#pending?.catch(() => undefined);
    return this.#held;
  }

  async #next(subject: Subject): Promise<HeldToken> {
    const held = await this.#renew(subject);
    // Revoked while it was on its way: nobody gets it.
    this.assertOpen();
    return held;
  }

  /** @throws AttachError `agent_revoked` once it is closed */
  assertOpen(): void {
    if (this.#closed)
      throw new AttachError("agent_revoked", "this agent was revoked: ask the client for another");
  }

  #isPausing(now: number): boolean {
    return this.#failure !== undefined && now < this.#failure.until;
  }

  #renew(subject: Subject): Promise<HeldToken> {
    this.#pending ??= this.#fetch(subject).finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #fetch(subject: Subject): Promise<HeldToken> {
    const { timing, exchange, onToken } = this.#options;
    const before = this.#held;
    // Life counts from before the request left: the answer's way back must not lengthen it.
    const obtainedAt = timing.now();
    try {
      const own = before !== undefined && isUsable(before, obtainedAt) ? before.token : undefined;
      const response = await exchange(subject, before?.claims.dlg, own);
      this.#failure = undefined;
      this.#held = hold(response, obtainedAt, timing.random());
      onToken(this.#held, before !== undefined);
      return this.#held;
    } catch (error) {
      const now = timing.now();
      const left = before === undefined ? 0 : Math.max(before.expiresAt - now, 0);
      this.#failure = { error, until: now + Math.min(RETRY_PAUSE, left / 4) };
      throw error;
    }
  }
}

function hold(response: TokenExchangeResponse, obtainedAt: number, random: number): HeldToken {
  const life = response.expires_in * 1000;
  return {
    token: response.access_token,
    response,
    claims: readOwnClaims(response.access_token),
    obtainedAt,
    renewAt: obtainedAt + life * (RENEW_SHARE + RENEW_JITTER * (2 * random - 1)),
    expiresAt: obtainedAt + life,
  };
}

/** A clock that was set back must not make a token last: before its own beginning it is not trusted. */
function isUsable(held: HeldToken, now: number): boolean {
  const life = held.expiresAt - held.obtainedAt;
  const margin = Math.min(EXPIRY_MARGIN, life * EXPIRY_MARGIN_SHARE);
  return now >= held.obtainedAt && now < held.expiresAt - margin;
}
