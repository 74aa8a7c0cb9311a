import type { Clock } from "../core/clock.ts";
import type { CallRecorder } from "../core/ports/audit.ts";
import type { DpopVerifier } from "../core/ports/dpop.ts";
import type { HandOff } from "../core/ports/hand-off.ts";
import type { IdentityVerifier } from "../core/ports/identity.ts";
import type { SigningKeys } from "../core/ports/keys.ts";
import type { Outbound } from "../core/ports/outbound.ts";
import type { Policy } from "../core/ports/policy.ts";
import type { Store } from "../core/ports/store.ts";
import type { Principal } from "../core/principal.ts";
import type { LiveExchanges } from "../proxy/live-exchanges.ts";
import type { Peers } from "../proxy/peers.ts";
import type { Callable } from "./directory.ts";

export interface A2aLog {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the room needs, and nothing more. */
export interface A2aOptions {
  readonly identity: IdentityVerifier;
  readonly dpop: DpopVerifier;
  readonly policy: Policy;
  readonly enforce: "on" | "report";
  readonly publicUrl: string;
  readonly store: Pick<Store, "findAgent" | "listAgents" | "a2a">;
  readonly keys: Pick<SigningKeys, "active">;
  readonly handOff: HandOff;
  /** The session of a request, by its principal and user agent. */
  readonly sessions: (principal: Principal, userAgent: string) => string;
  /** Where every call is recorded once it is over; `null`: nowhere. */
  readonly calls: CallRecorder | null;
  readonly live: LiveExchanges;
  /** Which door leads to an agent: what the operator configured may stand in a private network (S18). */
  readonly peersFor: (agent: Callable) => Peers;
  readonly outboundFor: (agent: Callable) => Outbound;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  readonly log: A2aLog;
}
