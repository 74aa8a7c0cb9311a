import { expect, test } from "vitest";
import { GatewayError } from "../../core/errors.ts";
import { renderError } from "./body.ts";

const refused = new GatewayError("insufficient_scope", "this needs the scope llm:admin");

test("speaks OpenAI's form on /v1", () => {
  const { contentType, body } = renderError(refused, "/v1/files", "r1");
  expect(contentType).toBe("application/json");
  expect(JSON.parse(body).error).toEqual({
    message: "this needs the scope llm:admin",
    type: "permission_error",
    param: null,
    code: "insufficient_scope",
  });
});

test("speaks Ollama's form on /api", () => {
  expect(JSON.parse(renderError(refused, "/api/pull", "r1").body).error).toBe(
    "this needs the scope llm:admin",
  );
});

test("speaks the dialect of what stands behind an upstream's own prefix, in any case", () => {
  expect(renderError(refused, "/upstreams/cloud/V1/files?x", "r1").body).toContain('"permission_error"');
  expect(JSON.parse(renderError(refused, "/Upstreams/a/api/pull", "r1").body).error).toBeTypeOf("string");
  expect(renderError(refused, "/upstreams/v1/", "r1").contentType).toBe("application/problem+json");
});

test("speaks Anthropic's form, and OpenAI's with it, on /v1/messages", () => {
  expect(JSON.parse(renderError(refused, "/v1/messages?beta=true", "r1").body)).toMatchObject({
    type: "error",
    error: { type: "permission_error", message: "this needs the scope llm:admin" },
  });
  expect(renderError(refused, "/v1/messages-x", "r1").body).not.toContain('"type":"error"');
});

test("speaks problem+json everywhere else, with a stable code and the request id", () => {
  const { contentType, body } = renderError(refused, "/other", "r1");
  expect(contentType).toBe("application/problem+json");
  expect(JSON.parse(body)).toMatchObject({
    status: 403,
    title: "Forbidden",
    code: "insufficient_scope",
    requestId: "r1",
  });
});
