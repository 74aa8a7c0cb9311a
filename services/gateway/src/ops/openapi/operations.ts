import type { Operation } from "./document.ts";

const text = { type: "string" };
const state = { type: "string", enum: ["ok", "degraded", "unavailable"] };
const tags = ["operations"];

const shown = (description: string, properties: Readonly<Record<string, object>>) => ({
  description,
  content: {
    "application/json": { schema: { type: "object", required: Object.keys(properties), properties } },
  },
});

const READINESS = { status: state, checks: { type: "object", additionalProperties: state } };

/** What the operations' own routes answer. Public. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  "GET /healthz": {
    operationId: "healthz",
    summary: "Is the process alive?",
    tags,
    security: [],
    responses: { 200: shown("It is.", { status: text }) },
  },
  "GET /readyz": {
    operationId: "readyz",
    summary: "Can it do its work?",
    tags,
    security: [],
    responses: { 200: shown("Yes, or somewhat.", READINESS), 503: shown("No.", READINESS) },
  },
  "GET /metrics": {
    operationId: "metrics",
    summary: "What is counted, for Prometheus",
    description: "With METRICS_TOKEN for its bearer, else for this machine alone.",
    tags,
    security: [{}, { metrics: [] }],
    responses: {
      200: { description: "Prometheus's text format.", content: { "text/plain": { schema: text } } },
      401: { $ref: "#/components/responses/Problem" },
      403: { $ref: "#/components/responses/Problem" },
    },
  },
  "GET /auth/config": {
    operationId: "authConfig",
    summary: "What a page needs to start a log-in",
    tags,
    security: [],
    responses: {
      200: shown("The identity provider.", {
        domain: text,
        client_id: { type: ["string", "null"] },
        audience: text,
        issuer: text,
      }),
    },
  },
  "GET /attach/v1/openapi.json": {
    operationId: "openapi",
    summary: "This document",
    tags,
    security: [],
    responses: {
      200: { description: "OpenAPI 3.1.", content: { "application/json": { schema: { type: "object" } } } },
    },
  },
};
