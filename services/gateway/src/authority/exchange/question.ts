import type { TokenProof } from "../../core/ports/dpop.ts";
import type { Principal } from "../../core/principal.ts";
import type { Caller } from "../client.ts";
import type { ExchangeDemand } from "./demand.ts";

/** An exchange whose caller and subject are known: what every step of the decision looks at. */
export interface ExchangeQuestion {
  readonly demand: ExchangeDemand;
  readonly subject: Principal;
  readonly caller: Caller;
  /** The key that the caller has proved to hold; `null` where no proof came. */
  readonly proof: TokenProof | null;
}
