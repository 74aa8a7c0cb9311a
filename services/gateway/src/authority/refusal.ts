import type { AssertionRefusal } from "../core/ports/assertions.ts";
import type { ProofRefusal } from "../core/ports/dpop.ts";
import type { WalletRefusal } from "../core/ports/wallet-login.ts";
import type { TokenRefusal } from "../core/refusal.ts";

/**
 * Why the authority did not do as asked: tagged inside the house, one exhaustive map to RFC names on the way out
 * (`oauth-error.ts`). What it carries may be told to the caller, who sent it or holds it.
 */
export type AuthorityRefusal =
  | { readonly kind: "malformed_request"; readonly detail: string }
  | { readonly kind: "form_too_large" }
  | { readonly kind: "method_not_allowed" }
  | { readonly kind: "missing_parameter"; readonly name: string }
  | { readonly kind: "unsupported_parameter"; readonly name: string }
  | { readonly kind: "unsupported_grant" }
  | { readonly kind: "client_unidentified" }
  | { readonly kind: "client_malformed" }
  | { readonly kind: "client_unregistered" }
  | { readonly kind: "client_credential_unknown" }
  | { readonly kind: "client_credential_missing" }
  | { readonly kind: "client_credential_wrong" }
  | { readonly kind: "client_assertion_refused"; readonly reason: AssertionRefusal | "used_before" }
  | { readonly kind: "client_suspended" }
  | { readonly kind: "client_has_no_account" }
  | { readonly kind: "subject_type" }
  | { readonly kind: "subject_refused"; readonly refusal: TokenRefusal }
  | { readonly kind: "actor_type" }
  | {
      readonly kind: "actor_refused";
      readonly reason: AssertionRefusal | "used_before" | "not_the_client" | "too_old";
    }
  | { readonly kind: "requested_actor_refused" }
  | { readonly kind: "actor_not_permitted" }
  | { readonly kind: "delegation_not_permitted"; readonly from: string; readonly to: string }
  | { readonly kind: "chain_cycle"; readonly agent: string }
  | { readonly kind: "chain_too_deep"; readonly max: number }
  | { readonly kind: "chain_broken" }
  | { readonly kind: "renewal_unproven" }
  | { readonly kind: "grant_ended" }
  | { readonly kind: "policy_refused"; readonly policy: string }
  | { readonly kind: "proof_refused"; readonly refusal: ProofRefusal }
  | { readonly kind: "wallet_refused"; readonly refusal: WalletRefusal }
  | { readonly kind: "requested_type" }
  | { readonly kind: "target_unknown" }
  | { readonly kind: "scope_malformed" }
  | { readonly kind: "scope_exceeded"; readonly withheld: readonly string[] }
  | { readonly kind: "scope_empty" }
  | { readonly kind: "lifetime_out_of_range"; readonly min: number; readonly max: number }
  | { readonly kind: "delegation_unknown" }
  | { readonly kind: "delegation_revoked" }
  | { readonly kind: "delegation_ended" }
  | { readonly kind: "token_of_another_client" }
  | { readonly kind: "introspection_unauthenticated" }
  | { readonly kind: "introspection_not_granted" }
  | { readonly kind: "store_unavailable" }
  | { readonly kind: "internal" };
