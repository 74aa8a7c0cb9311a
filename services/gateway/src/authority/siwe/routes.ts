import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { WalletLogin } from "../../core/ports/wallet-login.ts";
import type { AuthorityOptions } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import { logIn } from "./log-in.ts";

/** A message, its signature, and what JSON puts around them. */
const MAX_BODY_BYTES = 16 * 1024;

export interface SiweScope {
  readonly wallets: WalletLogin;
  readonly options: AuthorityOptions;
  refused(request: FastifyRequest, reply: FastifyReply, refusal: AuthorityRefusal): FastifyReply;
}

/** `POST /oauth/siwe/nonce` and `/oauth/siwe/verify`: log-in by wallet. Both speak JSON. */
export function siweRoutes(app: FastifyInstance, { wallets, options, refused }: SiweScope): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string", bodyLimit: MAX_BODY_BYTES },
    (_request, body, done) => done(null, readBody(String(body))),
  );
  app.post("/oauth/siwe/nonce", (_request, reply) => {
    const answer = {
      nonce: wallets.nonce(),
      expires_in: wallets.nonceLifeSeconds,
      domain: new URL(options.publicUrl).host,
      uri: options.publicUrl,
      version: "1",
    };
    return reply.type("application/json").send(JSON.stringify(answer));
  });
  app.post("/oauth/siwe/verify", async (request, reply) => {
    const at = options.clock.now();
    const { message, signature } = (request.body ?? {}) as { message?: unknown; signature?: unknown };
    if (typeof message !== "string")
      return refused(request, reply, { kind: "missing_parameter", name: "message" });
    if (typeof signature !== "string")
      return refused(request, reply, { kind: "missing_parameter", name: "signature" });
    const userAgent = request.headers["user-agent"] ?? "";
    const asked = { message, signature, userAgent, requestId: request.id, at };
    const issued = await logIn(asked, wallets, options);
    if (!issued.ok) return refused(request, reply, issued.reason);
    return reply.type("application/json").send(JSON.stringify(issued.value));
  });
}

/** What is no object lacks its parameters, and is told so. */
function readBody(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
