import type { AgentTokenClaims } from "@attach-dev/protocol";
import type { AgentRecord } from "../core/ports/agents.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import type { Form } from "../http/form.ts";
import type { Client } from "./client.ts";
import { signJws } from "./jws.ts";
import type { AuthorityOptions } from "./options.ts";
import type { AuthorityRefusal } from "./refusal.ts";

/** RFC 9701 §4, §5: by media type, and its JWS type. */
export const INTROSPECTION_JWT = "application/token-introspection+jwt";
const INTROSPECTION_TYPE = "token-introspection+jwt";

/** Exactly this, whatever the reason: what is not theirs, unknown, expired or revoked is not told apart (RFC 7662 §2.2, S08). */
const INACTIVE = { active: false } as const;

type Claims = Omit<AgentTokenClaims, "act"> & Partial<Pick<AgentTokenClaims, "act">>;
export type Introspection =
  | typeof INACTIVE
  | ({ readonly active: true; readonly token_type: "Bearer" | "DPoP" } & Claims);

/**
 * RFC 7662, for registered resource servers that may introspect: what a token says, where it is alive and addressed to them.
 * Whether a bound token was used by who holds its key is for them to check, by `cnf`.
 */
export async function introspect(
  form: Form,
  client: Client,
  { identity, clock }: Pick<AuthorityOptions, "identity" | "clock">,
): Promise<Result<Introspection, AuthorityRefusal>> {
  // RFC 6749 §5.2: who includes no authentication is told so, and not what somebody registered would be told.
  if (client.record === null) return refuse({ kind: "introspection_unauthenticated" });
  if (!client.record.introspect) return refuse({ kind: "introspection_not_granted" });
  const token = form.get("token");
  if (token === undefined) return refuse({ kind: "missing_parameter", name: "token" });
  const verified = await identity.verifyIssued(token, audiencesOf(client.record));
  if (!verified.ok) {
    // To say "inactive" would be to claim what we do not know; nobody is let in by a 503 either.
    return verified.reason === "revocations_stale" ? refuse({ kind: "store_unavailable" }) : ok(INACTIVE);
  }
  // The skew that a route grants is not passed on: the answer may be kept for a while.
  if (verified.value.expiresAt <= clock.now()) return ok(INACTIVE);
  return ok(describe(token));
}

/**
 * What is theirs: the resource they stand behind, and the audiences that `admin` left or put in a record when granting
 * `introspect` (from then on only `admin` changes them). `PUBLIC_URL` is nobody's unless it is named there.
 */
function audiencesOf({ audiences, endpoint }: AgentRecord): ReadonlySet<string> {
  return new Set(endpoint === null ? audiences : [...audiences, endpoint.resource]);
}

/** Its claims as they were signed; that it is well-formed and ours has been verified. */
function describe(token: string): Introspection {
  const claims = JSON.parse(Buffer.from(token.split(".", 2)[1] ?? "", "base64url").toString()) as Claims;
  return { active: true, token_type: claims.cnf === undefined ? "Bearer" : "DPoP", ...claims };
}

/** Does the caller want the signed answer? Only where it is named; a wildcard gets the plain one. */
export function wantsSigned(accept: string | undefined): boolean {
  return (accept ?? "").split(",").some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    return type === INTROSPECTION_JWT && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** RFC 9701 §5: for this caller alone. No `sub` or `exp` at the top, so that it passes nowhere as a token itself. */
export function signIntrospection(
  answer: Introspection,
  client: Client,
  { clock, keys, publicUrl }: Pick<AuthorityOptions, "clock" | "keys" | "publicUrl">,
): string {
  const iat = Math.floor(clock.now() / 1000);
  const claims = { iss: publicUrl, aud: client.id, iat, token_introspection: answer };
  return signJws(INTROSPECTION_TYPE, claims, keys.active());
}
