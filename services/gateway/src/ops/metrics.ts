import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import { GatewayError } from "../core/errors.ts";
import { resourceMetadataUrl } from "../http/challenge.ts";
import { headerValues } from "../http/header-values.ts";

export interface MetricsRouteOptions {
  /** Bearer that is asked for; unset: whoever is on this machine may look, and nobody else. */
  readonly token?: string | undefined;
  readonly publicUrl: string;
  /** Everything that is counted, in Prometheus's text format. */
  readonly expose: () => string | Promise<string>;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** `GET /metrics` (CONTRACT §2, §3). It names users and agents, so without a token it is shown on this machine alone. */
export const metricsRoutes: FastifyPluginAsync<MetricsRouteOptions> = async (app, options) => {
  const { token, publicUrl, expose } = options;
  const mayLook = token === undefined ? fromHere() : byToken(token, publicUrl);
  app.get("/metrics", async (request, reply) => {
    const refusal = mayLook(request);
    if (refusal !== undefined) throw refusal;
    reply.header("Cache-Control", "no-store").type(CONTENT_TYPE);
    return expose();
  });
};

/** What proxies say of whom they ask for. */
const PASSED_ON = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
  "x-client-ip",
  "cf-connecting-ip",
  "true-client-ip",
  "via",
];

type Judge = (request: FastifyRequest) => GatewayError | undefined;

/**
 * By the socket's own address: a header is whatever a caller writes into it. What a proxy on this machine passes on comes from
 * elsewhere, and so does the page that a browser here was told to take for ours (DNS rebinding): its `Host` is another. `PUBLIC_URL`'s
 * own name is no exception: it is what a proxy that says nothing else passes on.
 */
function fromHere(): Judge {
  const isOurs = (host: string): boolean =>
    /^(?:localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(host.toLowerCase().replace(/:\d*$/, ""));
  return ({ raw: { socket, headers } }) => {
    const isPassedOn = PASSED_ON.some((name) => name in headers);
    return isLoopbackAddress(socket.remoteAddress ?? "") && !isPassedOn && isOurs(headers.host ?? "")
      ? undefined
      : new GatewayError("forbidden", "metrics are shown on this machine alone, unless METRICS_TOKEN is set");
  };
}

function isLoopbackAddress(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}

function byToken(token: string, publicUrl: string): Judge {
  const expected = digest(token);
  return ({ raw }) => {
    const [value = "", ...others] = headerValues(raw.rawHeaders, "authorization");
    const given = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(value)?.[1];
    const isRight = others.length === 0 && given !== undefined && timingSafeEqual(digest(given), expected);
    if (isRight) return undefined;
    return new GatewayError("invalid_token", "metrics are shown for the token of METRICS_TOKEN", {
      headers: {
        "WWW-Authenticate": `Bearer realm="metrics", resource_metadata="${resourceMetadataUrl(publicUrl)}"`,
      },
    });
  };
}

/** Of one length whatever was sent, so that the comparison takes one time. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
