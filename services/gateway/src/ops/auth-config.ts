import type { FastifyPluginAsync } from "fastify";

export interface AuthConfigOptions {
  readonly login: {
    readonly issuer: string;
    readonly domain: string;
    readonly clientId?: string;
    readonly audience: string;
  } | null;
}

/** `GET /auth/config`: what a page needs to start a browser log-in (CONTRACT §3). Public: a client id is no secret. */
export const authConfigRoutes: FastifyPluginAsync<AuthConfigOptions> = async (app, { login }) => {
  if (login === null) return;
  const body = {
    domain: login.domain,
    client_id: login.clientId ?? null,
    audience: login.audience,
    issuer: login.issuer,
  };
  app.get("/auth/config", (_request, reply) => {
    reply.header("Cache-Control", "public, max-age=300").send(body);
  });
};
