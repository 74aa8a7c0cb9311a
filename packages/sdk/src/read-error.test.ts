import { describe, expect, test } from "vitest";
import { AttachError } from "./errors.ts";
import { readError, readErrorHead } from "./read-error.ts";

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });

describe("understands the error of", () => {
  test.each([
    [
      "OAuth (RFC 6749 §5.2)",
      { error: "invalid_scope", error_description: "llm:admin is beyond the user" },
      { code: "invalid_scope", message: "llm:admin is beyond the user" },
    ],
    ["OAuth without words", { error: "invalid_grant" }, { code: "invalid_grant", message: "invalid_grant" }],
    [
      "problem details (RFC 9457)",
      { title: "Bad Request", status: 400, detail: "no //", code: "bad_target", requestId: "r-9" },
      { code: "bad_target", message: "no //", requestId: "r-9" },
    ],
    [
      "OpenAI",
      {
        error: { message: "too big", type: "invalid_request_error", param: null, code: "payload_too_large" },
      },
      { code: "payload_too_large", message: "too big" },
    ],
    [
      "the gateway to Ollama's clients",
      { error: "the engine cannot be reached", code: "upstream_unreachable", requestId: "r-8" },
      { code: "upstream_unreachable", message: "the engine cannot be reached", requestId: "r-8" },
    ],
    [
      "Ollama itself",
      { error: 'model "x" not found' },
      { code: "http_error", message: 'model "x" not found', reason: undefined },
    ],
    [
      "a newer gateway",
      { code: "quantum_flux", detail: "new" },
      { code: "http_error", reason: "quantum_flux", message: "new" },
    ],
    ["a proxy in between", "<html>502</html>", { code: "http_error", message: "the gateway answered 418" }],
    ["nobody in particular", "", { code: "http_error", message: "the gateway answered 418" }],
    ["a list", [], { code: "http_error" }],
    ["a prototype's name", { error: "constructor", code: "__proto__" }, { code: "http_error" }],
    ["numbers for words", { error: 1, code: 2, detail: 3 }, { code: "http_error" }],
  ])("%s", async (_, body, expected) => {
    const error = await readError(answer(418, body));
    expect(error).toBeInstanceOf(AttachError);
    expect(error).toMatchObject({ status: 418, ...expected });
  });
});

test("takes code, words and scopes from the challenge where the body says nothing", async () => {
  const error = await readError(
    answer(403, "", {
      "WWW-Authenticate":
        'Bearer error="insufficient_scope", error_description="this needs the scope llm:admin", scope="llm:admin"',
      "X-Request-Id": "0190-1",
    }),
  );
  expect(error).toMatchObject({
    code: "insufficient_scope",
    message: "this needs the scope llm:admin",
    requestId: "0190-1",
    challenge: { scopes: ["llm:admin"] },
  });
});

test("reads the seconds of Retry-After, and no dates", async () => {
  expect((await readError(answer(429, "", { "Retry-After": "7" }))).retryAfter).toBe(7);
  expect(
    (await readError(answer(503, "", { "Retry-After": "Fri, 31 Dec 1999" }))).retryAfter,
  ).toBeUndefined();
});

test("puts no line break, control or flood of a server's into a message", async () => {
  const { message } = await readError(
    answer(400, { detail: `one\r\ntwo\u0000\u001b[31m three\u2028${"x".repeat(10_000)}` }),
  );
  expect(message).toMatch(/^one two \[31m three x+$/);
  expect(message.length).toBeLessThanOrEqual(512);
});

test("reads 64 KiB of an endless body and hangs up", async () => {
  let pulled = 0;
  let cancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => {
      pulled += 1;
      controller.enqueue(new Uint8Array(16_384));
    },
    cancel: () => {
      cancelled = true;
    },
  });
  const error = await readError(new Response(endless, { status: 500 }));
  expect(error).toMatchObject({ code: "http_error", status: 500 });
  expect(cancelled).toBe(true);
  expect(pulled).toBeLessThan(10);
});

test("reads a body that someone has read before by its head", async () => {
  const used = answer(401, { error: "x" }, { "WWW-Authenticate": 'Bearer error="invalid_token"' });
  await used.text();
  expect(await readError(used)).toMatchObject({ code: "invalid_token", status: 401 });
});

test("leaves the body unread where only the head is asked for", () => {
  const response = answer(403, { code: "forbidden" });
  expect(readErrorHead(response)).toMatchObject({ status: 403 });
  expect(response.bodyUsed).toBe(false);
});
