import { GRANT_CLIENT_CREDENTIALS, GRANT_TOKEN_EXCHANGE } from "@attach-dev/protocol";
import type {
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
} from "fastify";
import { GatewayError } from "../core/errors.ts";
import { type Result, refuse } from "../core/result.ts";
import { acceptForms, type Form, FormError, type FormMistake } from "../http/form.ts";
import { headerValues } from "../http/header-values.ts";
import { authenticateClient } from "./client.ts";
import { type ExchangeCaller, exchange } from "./exchange/exchange.ts";
import { INTROSPECTION_JWT, introspect, signIntrospection, wantsSigned } from "./introspect.ts";
import { metadataRoutes } from "./metadata.ts";
import { sendOAuthError } from "./oauth-error.ts";
import type { AuthorityOptions } from "./options.ts";
import { readProof } from "./proof.ts";
import type { AuthorityRefusal } from "./refusal.ts";
import { revoke } from "./revoke.ts";
import { clientCredentials } from "./service-account.ts";
import { siweRoutes } from "./siwe/routes.ts";

export type { AuthorityOptions } from "./options.ts";

/** The token authority: `/oauth/token`, `/oauth/revoke`, `/oauth/introspect` and the documents that describe them. */
export const authorityRoutes: FastifyPluginAsync<AuthorityOptions> = async (app, options) => {
  await app.register(metadataRoutes, options);
  await app.register(async (oauth) => {
    acceptForms(oauth, REPEATABLE);
    neverStored(oauth);
    oauth.setErrorHandler((error: FastifyError | GatewayError, request, reply) => {
      sendOAuthError(reply, fault(error, request, options), options.publicUrl);
    });
    oauth.post("/oauth/token", (request, reply) => token(request, reply, options));
    oauth.post("/oauth/revoke", (request, reply) => revocation(request, reply, options));
    oauth.post("/oauth/introspect", (request, reply) => introspection(request, reply, options));
    const { wallets } = options;
    if (wallets !== undefined)
      await oauth.register(async (siwe) =>
        siweRoutes(siwe, {
          wallets,
          options,
          refused: (request, reply, refusal) => refused(request, reply, { refusal, options }),
        }),
      );
    for (const url of ["/oauth/token", "/oauth/revoke", "/oauth/introspect"]) {
      oauth.route({ method: ["GET", "PUT", "PATCH", "DELETE"], url, handler: wrongMethod(options) });
    }
  });
};

/** RFC 8693 §2.1 and RFC 8707 §2; everything else is sent once (RFC 6749 §3.2). */
const REPEATABLE: ReadonlySet<string> = new Set(["resource", "audience"]);

/** Who asks; which key it holds; what for. */
async function token(request: FastifyRequest, reply: FastifyReply, options: AuthorityOptions) {
  const at = options.clock.now();
  const form = readForm(request);
  const client = await authenticateClient({ form, authorization: authorizationOf(request) }, options);
  if (!client.ok) return refused(request, reply, { refusal: client.reason, options });
  const proof = readProof({ request, reply, subjectToken: form.get("subject_token") }, options.dpop);
  if (!proof.ok) return refused(request, reply, { refusal: proof.reason, options });
  const userAgent = request.headers["user-agent"] ?? "";
  const caller = { client: client.value, userAgent, requestId: request.id, at };
  const issued = await answerGrant(form, { caller, proof: proof.value }, options);
  if (!issued.ok) return refused(request, reply, { refusal: issued.reason, options });
  return reply.type("application/json").send(JSON.stringify(issued.value));
}

async function answerGrant(
  form: Form,
  caller: ExchangeCaller,
  options: AuthorityOptions,
): Promise<Result<object, AuthorityRefusal>> {
  const grantType = form.get("grant_type");
  switch (grantType) {
    case GRANT_TOKEN_EXCHANGE:
      return exchange(form, caller, options);
    case GRANT_CLIENT_CREDENTIALS:
      return clientCredentials(form, caller, options);
    case undefined:
      return refuse({ kind: "missing_parameter", name: "grant_type" });
    default:
      return refuse({ kind: "unsupported_grant" });
  }
}

async function revocation(request: FastifyRequest, reply: FastifyReply, options: AuthorityOptions) {
  const form = readForm(request);
  const client = await authenticateClient({ form, authorization: authorizationOf(request) }, options);
  if (!client.ok) return refused(request, reply, { refusal: client.reason, options });
  const revoked = await revoke(form, { client: client.value, requestId: request.id }, options);
  if (!revoked.ok) return refused(request, reply, { refusal: revoked.reason, options });
  return reply.code(200).send();
}

async function introspection(request: FastifyRequest, reply: FastifyReply, options: AuthorityOptions) {
  const form = readForm(request);
  const client = await authenticateClient({ form, authorization: authorizationOf(request) }, options);
  if (!client.ok) {
    // Nobody is known by a client_id alone here: what lacks is the authentication (RFC 6749 §5.2).
    const isNobody = client.reason.kind === "client_unidentified";
    const refusal = isNobody ? ({ kind: "introspection_unauthenticated" } as const) : client.reason;
    return refused(request, reply, { refusal, options });
  }
  const answer = await introspect(form, client.value, options);
  if (!answer.ok) return refused(request, reply, { refusal: answer.reason, options });
  reply.header("Vary", "Accept");
  return wantsSigned(request.headers.accept)
    ? reply.type(INTROSPECTION_JWT).send(signIntrospection(answer.value, client.value, options))
    : reply.type("application/json").send(JSON.stringify(answer.value));
}

const EMPTY_FORM: Form = { get: () => undefined, all: () => [] };

function readForm(request: FastifyRequest): Form {
  return (request.body as Form | undefined) ?? EMPTY_FORM;
}

function authorizationOf({ raw: { rawHeaders } }: FastifyRequest): readonly string[] {
  return headerValues(rawHeaders, "authorization");
}

function refused(
  request: FastifyRequest,
  reply: FastifyReply,
  { refusal, options }: { readonly refusal: AuthorityRefusal; readonly options: AuthorityOptions },
): FastifyReply {
  options.log.info(
    { requestId: request.id, reason: refusal.kind, route: request.url.split("?")[0] },
    "refused",
  );
  return sendOAuthError(reply, refusal, options.publicUrl);
}

function wrongMethod({ publicUrl }: AuthorityOptions) {
  return (_request: FastifyRequest, reply: FastifyReply) =>
    sendOAuthError(reply, { kind: "method_not_allowed" }, publicUrl);
}

/** RFC 6749 §5.1: answers with tokens are never kept, and neither are refusals. */
function neverStored(app: FastifyInstance): void {
  app.addHook("onRequest", (_request, reply, done) => {
    reply.header("Cache-Control", "no-store").header("Pragma", "no-cache");
    done();
  });
}

/** What was thrown on the way, as a refusal: a body that is no form, a station before ours, or a fault of our own. */
function fault(
  error: FastifyError | GatewayError | FormError,
  request: FastifyRequest,
  { log }: AuthorityOptions,
): AuthorityRefusal {
  if (error instanceof FormError)
    return { kind: "malformed_request", detail: describeMistake(error.mistake) };
  if (error instanceof GatewayError && error.status < 500)
    return { kind: "malformed_request", detail: error.message };
  const code = "code" in error ? error.code : undefined;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return { kind: "form_too_large" };
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return { kind: "malformed_request", detail: "the body is a form: application/x-www-form-urlencoded" };
  }
  if (code === "FST_ERR_CTP_INVALID_CONTENT_LENGTH") {
    return { kind: "malformed_request", detail: "the body is not as long as its Content-Length says" };
  }
  log.error({ requestId: request.id, err: error }, "request failed");
  return { kind: "internal" };
}

function describeMistake(mistake: FormMistake): string {
  if (mistake === "encoding") return "the form is not well encoded";
  if (mistake === "too_many_fields") return "the form has too many fields";
  // The name is the caller's own: only what cannot break out of the description is repeated.
  return /^[a-z_]{1,64}$/.test(mistake.repeated)
    ? `the parameter ${mistake.repeated} was sent more than once`
    : "a parameter was sent more than once";
}
