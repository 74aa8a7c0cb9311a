import type { Clock } from "../core/clock.ts";
import type { MemoryReach } from "../core/ports/agents.ts";
import type { MemoryStore, Redactor } from "../core/ports/memory.ts";
import type { Store } from "../core/ports/store.ts";
import type { Principal } from "../core/principal.ts";
import type { AuthenticateOptions } from "../http/authenticate.ts";
import type { AuthorizeOptions } from "../http/authorize.ts";

export interface RecallOptions extends AuthenticateOptions, Omit<AuthorizeOptions, "clock"> {
  readonly memory: MemoryStore;
  readonly redactor: Redactor;
  /** What users have said of their agents. */
  readonly store: Pick<Store, "findGrant">;
  /** Of an agent whose user has not said. */
  readonly reach: MemoryReach;
  /** The session of a request, by its principal and user agent. */
  readonly sessions: (principal: Principal, userAgent: string) => string;
  readonly clock: Clock;
}
