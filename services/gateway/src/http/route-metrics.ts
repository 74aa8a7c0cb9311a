import type { FastifyInstance } from "fastify";
import { GatewayError } from "../core/errors.ts";
import type { Metrics } from "../core/ports/metrics.ts";

const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Counts requests to the gateway's own routes, those registered on this instance from here on. Routes are as they were registered. */
export function measureRoutes(app: FastifyInstance, metrics: Metrics): void {
  const requests = metrics.counter({
    name: "attach_http_requests_total",
    help: "Requests to the gateway's own routes.",
    labels: ["route", "method", "status"],
  });
  const durations = metrics.histogram(
    { name: "attach_http_request_duration_seconds", help: "How long they took.", labels: ["route"] },
    DURATIONS,
  );
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "";
    requests.of(route, request.method, String(reply.statusCode)).add(1);
    durations.of(route).observe(reply.elapsedTime / 1e3);
    done();
  });
}

/** Counts what is refused, by code: on every route, engines' included. What goes well pays nothing. */
export function countRefusals(app: FastifyInstance, metrics: Metrics): void {
  const refusals = metrics.counter({
    name: "attach_refusals_total",
    help: "Requests that a station refused, by the error's code.",
    labels: ["code"],
  });
  app.addHook("onError", (_request, _reply, error, done) => {
    refusals.of(error instanceof GatewayError ? error.code : "other").add(1);
    done();
  });
}
