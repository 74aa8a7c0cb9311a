import type { FastifyReply, FastifyRequest } from "fastify";
import type { DpopVerifier, TokenProof } from "../core/ports/dpop.ts";
import type { Store } from "../core/ports/store.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { headerValues } from "../http/header-values.ts";
import type { AuthorityRefusal } from "./refusal.ts";

export interface ProofQuestion {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Where the proof carries `ath`, it must be of this token. */
  readonly subjectToken: string | undefined;
}

/**
 * The DPoP proof of a token request (RFC 9449 §5): which key the caller holds, and with it what the token will be bound to.
 * `null` where none was sent; a proof that does not hold is refused, never passed over. What it proves must be consumed
 * (`consumeProof`) before anything is issued.
 */
export function readProof(
  { request, reply, subjectToken }: ProofQuestion,
  dpop: DpopVerifier,
): Result<TokenProof | null, AuthorityRefusal> {
  const proofs = headerValues(request.raw.rawHeaders, "dpop");
  if (proofs.length === 0) return ok(null);
  const { method = "", url = "" } = request.raw;
  const verified = dpop.verifyAtTokenEndpoint({ proofs, method, target: url }, subjectToken);
  const isNonceWanted = verified.ok ? dpop.demandsNonce : verified.reason === "dpop_nonce_required";
  if (isNonceWanted) reply.header("DPoP-Nonce", dpop.nonce());
  return verified.ok ? verified : refuse({ kind: "proof_refused", refusal: verified.reason });
}

/**
 * Uses a proof up (S11). Asked last, once the subject is known: whoever has no token of a user cannot fill the store.
 * @throws where the store cannot be written
 */
export async function consumeProof(
  proof: TokenProof | null,
  store: Pick<Store, "consumeOnce">,
): Promise<Result<undefined, AuthorityRefusal>> {
  if (proof === null || (await store.consumeOnce(proof.use))) return ok(undefined);
  return refuse({ kind: "proof_refused", refusal: "invalid_dpop_proof" });
}
