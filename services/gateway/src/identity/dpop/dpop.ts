import { hash } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import {
  type DpopVerifier,
  PROOF_ALGORITHMS,
  type ProofRefusal,
  type ProofRequest,
  type SeenProof,
  type SharedProofs,
} from "../../core/ports/dpop.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import { isJwsSignature } from "../jws-signature.ts";
import { type ParsedProofJws, parseProofJws } from "../parse-jws.ts";
import { judgeFreshness } from "./freshness.ts";
import { namesThisRequest } from "./htu.ts";
import { createNonces } from "./nonces.ts";
import { type ProofClaims, readProofClaims } from "./proof-claims.ts";
import { createProofKeys, type ProofKey, readProofKey } from "./proof-key.ts";
import { createReplayCache, type ReplayCache } from "./replay.ts";

export interface DpopOptions {
  readonly clock: Clock;
  /** PUBLIC_URL's origin and its aliases, as `URL` spells them: what a proof may name (S11). */
  readonly origins: readonly string[];
  /** The subkey for nonces, 32 bytes. */
  readonly nonceKey: Buffer;
  /** Must every proof carry a nonce? */
  readonly demandsNonce: boolean;
  readonly replay?: ReplayCache;
  /** Set where other processes serve as well, and one can ask what they have seen. */
  readonly shared?: SharedProofs | undefined;
}

/** Longest proof that is looked at, in characters: the largest RSA key and signature fit. */
const MAX_PROOF_LENGTH = 4096;
/** How much longer a used proof is kept in the store than it is good: other processes' clocks differ. */
const KEPT_LONGER_MS = 60_000;

/** A proof of the right form for this request; what it proves is still to be checked. */
interface ReadProof {
  readonly jws: ParsedProofJws;
  readonly claims: ProofClaims;
}

/** Checks DPoP proofs in the order of RFC 9449 §4.3, what costs little first. */
export function createDpop(options: DpopOptions): DpopVerifier {
  const { clock, demandsNonce, shared, replay = createReplayCache() } = options;
  const origins = new Set(options.origins);
  const nonces = createNonces(options.nonceKey);
  const keys = createProofKeys(PROOF_ALGORITHMS);
  // An `iat` has whole seconds: a proof of the second we started in may be older, one of the second before is.
  const startedAt = Math.floor(clock.now() / 1000) * 1000;

  /** One header, a well-formed proof of the right type, for this method and address. */
  function readProof({ proofs, method, target }: ProofRequest): ReadProof | undefined {
    const [text, ...others] = proofs;
    if (text === undefined || others.length > 0 || text.length > MAX_PROOF_LENGTH) return undefined;
    const jws = parseProofJws(text);
    if (!jws.ok || jws.value.typ !== "dpop+jwt" || !PROOF_ALGORITHMS.includes(jws.value.alg))
      return undefined;
    const claims = readProofClaims(jws.value.payload);
    if (claims === undefined || claims.htm !== method) return undefined;
    return namesThisRequest(claims.htu, target, origins) ? { jws: jws.value, claims } : undefined;
  }

  return {
    demandsNonce,
    nonce: () => nonces.current(clock.now()),

    verifyAtResource(request, token) {
      const now = clock.now();
      const proof = readProof(request);
      if (proof === undefined || proof.claims.ath !== hashOf(token.text)) return refuse("invalid_dpop_proof");
      const { issuedAt, nonce: text, jti } = proof.claims;
      // Another process's nonce says nothing about what this one has seen, unless they remember together.
      const reading = text === undefined ? undefined : nonces.read(text, now);
      const nonce = reading?.isOwn === true || shared !== undefined ? reading : undefined;
      const until = judgeFreshness({ issuedAt, nonce, demandsNonce, notBefore: startedAt }, now);
      const key = keys.find(proof.jws.jwk, token.jkt);
      if (key === undefined || !isSigned(proof.jws, key)) return refuse("invalid_dpop_proof");
      if (!until.ok) return until;
      const seen = { jkt: token.jkt, jti, until: until.value };
      const here = outcomeOf(replay.use(seen, now));
      return shared === undefined || !here.ok ? here : ok(() => confirm(shared, seen));
    },

    verifyAtTokenEndpoint(request, subjectToken) {
      const now = clock.now();
      const proof = readProof(request);
      if (proof === undefined) return refuse("invalid_dpop_proof");
      const { issuedAt, nonce: text, jti, ath } = proof.claims;
      if (ath !== undefined && (subjectToken === undefined || ath !== hashOf(subjectToken))) {
        return refuse("invalid_dpop_proof");
      }
      // The store remembers used proofs over restarts and for all processes, so any of their nonces is good.
      const nonce = text === undefined ? undefined : nonces.read(text, now);
      const until = judgeFreshness({ issuedAt, nonce, demandsNonce, notBefore: 0 }, now);
      const key = readProofKey(proof.jws.jwk, PROOF_ALGORITHMS);
      if (key === undefined || !isSigned(proof.jws, key)) return refuse("invalid_dpop_proof");
      if (!until.ok) return until;
      const use = { issuer: `dpop:${key.jkt}`, jti, expiresAt: until.value + KEPT_LONGER_MS };
      return ok({ jkt: key.jkt, use });
    },
  };
}

function isSigned({ token, alg, signature }: ParsedProofJws, { publicKey, algorithms }: ProofKey): boolean {
  if (!algorithms.has(alg)) return false;
  const input = Buffer.from(token.slice(0, token.lastIndexOf(".")), "latin1");
  return isJwsSignature(signature, { alg, input, key: publicKey });
}

/** RFC 9449 §4.2, `ath`. */
function hashOf(token: string): string {
  return hash("sha256", token, "base64url");
}

/** Fails closed: what nobody can be asked about is not accepted. */
async function confirm(shared: SharedProofs, seen: SeenProof): Promise<ProofRefusal | undefined> {
  const use = await shared.use(seen).catch(() => "full" as const);
  const outcome = outcomeOf(use);
  return outcome.ok ? undefined : outcome.reason;
}

function outcomeOf(use: ReturnType<ReplayCache["use"]>): Result<undefined, ProofRefusal> {
  if (use === "first") return ok(undefined);
  return refuse(use === "full" ? "proofs_exhausted" : "invalid_dpop_proof");
}
