import type { GatewayError } from "../errors.ts";
import type { Principal } from "../principal.ts";
import type { Result } from "../result.ts";
import type { AgentRecord } from "./agents.ts";

export interface HandOffQuestion {
  /** Who calls, verified. */
  readonly subject: Principal;
  /** Whom the call is for: registered and active, with an endpoint. */
  readonly target: AgentRecord;
  /** The target is not called but asks, and has proved who it is: its token is for the gateway. It needs no endpoint then. */
  readonly isPresent?: boolean;
  /** The caller's, for the session of a user's own call (CONTRACT §4). */
  readonly userAgent: string;
  readonly requestId: string;
}

/** What an agent is handed with a call. */
export interface HandedToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly jti: string;
  readonly root: string;
  readonly session: string;
}

/**
 * Makes the token that goes to an agent behind the gateway in place of the caller's: made out to that agent, for the same user, its chain grown
 * by one, no scope and no minute more than the caller's (A04).
 */
export interface HandOff {
  /** The refusal may be told to the caller. */
  tokenFor(question: HandOffQuestion): Promise<Result<HandedToken, GatewayError>>;
}
