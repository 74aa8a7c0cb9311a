import { parseScope, TOKEN_TYPE } from "@attach-dev/protocol";
import { isIdentifier } from "../../core/owner.ts";
import type { SubjectTokenType } from "../../core/ports/identity.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { Form } from "../../http/form.ts";
import type { AuthorityRefusal } from "../refusal.ts";

/** What a token exchange asks for (RFC 8693 §2.1), read and not yet judged. */
export interface ExchangeDemand {
  readonly subjectToken: string;
  readonly subjectType: SubjectTokenType;
  /** How the answer names the type of what it issues. */
  readonly issuedType: typeof TOKEN_TYPE.accessToken | typeof TOKEN_TYPE.jwt;
  /** `undefined`: whatever may be had. */
  readonly scopes: readonly string[] | undefined;
  /** `resource` and `audience` together: an agent token has one audience. */
  readonly targets: readonly { readonly kind: "resource" | "audience"; readonly value: string }[];
  /** Seconds, as text. An extension: RFC 8693 has no way to ask for a lifetime. */
  readonly ttl: string | undefined;
  /** The delegation to renew (CONTRACT §6). */
  readonly delegation: string | undefined;
  readonly actor: { readonly token: string; readonly type: "access_token" | "jwt" } | undefined;
  /** Whom the caller hands its own token on to (S02). */
  readonly requestedActor: string | undefined;
  /** The key that a handed-on token is to be bound to: that of `requestedActor`, by thumbprint (as RFC 9449 §10). */
  readonly jkt: string | undefined;
}

const SUBJECT_TYPES: ReadonlyMap<string, SubjectTokenType> = new Map([
  [TOKEN_TYPE.accessToken, "access_token"],
  [TOKEN_TYPE.jwt, "jwt"],
  [TOKEN_TYPE.idToken, "id_token"],
]);

/** 32 bytes, canonical base64url: no bits left over. */
const THUMBPRINT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** Would change what is granted: passing over it would issue something else than was asked for. */
const UNSUPPORTED = ["authorization_details"];

export function readDemand(form: Form): Result<ExchangeDemand, AuthorityRefusal> {
  const unsupported = UNSUPPORTED.find((name) => form.get(name) !== undefined);
  if (unsupported !== undefined) return refuse({ kind: "unsupported_parameter", name: unsupported });
  const subjectToken = form.get("subject_token");
  if (subjectToken === undefined) return refuse({ kind: "missing_parameter", name: "subject_token" });
  const typeName = form.get("subject_token_type");
  if (typeName === undefined) return refuse({ kind: "missing_parameter", name: "subject_token_type" });
  const subjectType = SUBJECT_TYPES.get(typeName);
  if (subjectType === undefined) return refuse({ kind: "subject_type" });
  const issuedType = form.get("requested_token_type") ?? TOKEN_TYPE.accessToken;
  if (issuedType !== TOKEN_TYPE.accessToken && issuedType !== TOKEN_TYPE.jwt) {
    return refuse({ kind: "requested_type" });
  }
  const scope = form.get("scope");
  const scopes = scope === undefined ? undefined : parseScope(scope);
  if (scope !== undefined && scopes === undefined) return refuse({ kind: "scope_malformed" });
  const actor = readActor(form);
  if (!actor.ok) return actor;
  const requestedActor = form.get("requested_actor");
  if (requestedActor !== undefined && !isIdentifier(requestedActor)) {
    return refuse({ kind: "requested_actor_refused" });
  }
  const jkt = form.get("dpop_jkt");
  if (jkt !== undefined && !THUMBPRINT.test(jkt)) {
    return refuse({ kind: "malformed_request", detail: "dpop_jkt is a thumbprint of RFC 7638" });
  }
  const targets = (["resource", "audience"] as const).flatMap((kind) =>
    form.all(kind).map((value) => ({ kind, value })),
  );
  return ok({
    subjectToken,
    subjectType,
    issuedType,
    scopes,
    targets,
    ttl: form.get("ttl"),
    delegation: form.get("delegation"),
    actor: actor.value,
    requestedActor,
    jkt,
  });
}

/** RFC 8693 §2.1: the type is required with an actor token, and must not come without. */
function readActor(form: Form): Result<ExchangeDemand["actor"], AuthorityRefusal> {
  const token = form.get("actor_token");
  const name = form.get("actor_token_type");
  if (token === undefined) return name === undefined ? ok(undefined) : refuse({ kind: "actor_type" });
  const type = name === undefined ? undefined : SUBJECT_TYPES.get(name);
  return type === "access_token" || type === "jwt" ? ok({ token, type }) : refuse({ kind: "actor_type" });
}
