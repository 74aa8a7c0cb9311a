import type { Principal } from "../principal.ts";

/** What a policy is asked. Scopes have said yes by then: policy only ever takes away. */
export type PolicyQuestion =
  | {
      readonly action: "exchange";
      readonly subject: Principal;
      /** Who will hold the token, and whether it is a registered agent. */
      readonly agent: string;
      readonly registered: boolean;
      readonly scopes: readonly string[];
      readonly audience: string;
    }
  | {
      /** `client_credentials`: a registered agent asks for a token of its own. */
      readonly action: "account";
      readonly subject: Principal;
      readonly agent: string;
      readonly registered: true;
      readonly scopes: readonly string[];
      readonly audience: string;
    }
  | {
      readonly action: "delegate";
      readonly subject: Principal;
      readonly from: string;
      readonly to: string;
      readonly registered: boolean;
      readonly scopes: readonly string[];
      readonly audience: string;
    }
  | {
      readonly action: "call";
      readonly principal: Principal;
      readonly upstream: string;
      readonly method: string;
      /** Normalised. */
      readonly path: string;
      readonly scope: string;
      /** Only where a policy asks for it (`needsModel`). */
      readonly model: string | null;
    };

export interface PolicyDecision {
  readonly allowed: boolean;
  /** `<version>:<policy ids>`: what the audit row says. */
  readonly policy: string;
}

/** Decides by the loaded policy set. No I/O; remembered on the policy's own inputs and its version. */
export interface Policy {
  decide(question: PolicyQuestion): PolicyDecision;
  /** Does any policy look at the model of a call? Only then is a body read for it. */
  readonly needsModel: boolean;
  readonly version: string;
}
