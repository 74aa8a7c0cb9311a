import fc from "fast-check";
import { expect, test } from "vitest";
import { parseChallenge } from "./challenge.ts";

test.each([
  [
    "the gateway's own",
    'Bearer error="insufficient_scope", error_description="this needs the scope llm:admin", scope="llm:admin a2a:send", resource_metadata="http://localhost:8080/.well-known/oauth-protected-resource"',
    {
      scheme: "bearer",
      error: "insufficient_scope",
      errorDescription: "this needs the scope llm:admin",
      scopes: ["llm:admin", "a2a:send"],
      resourceMetadata: "http://localhost:8080/.well-known/oauth-protected-resource",
    },
  ],
  [
    "no token sent",
    'Bearer resource_metadata="http://x/"',
    { error: undefined, resourceMetadata: "http://x/" },
  ],
  ["a bare scheme", "Bearer", { scheme: "bearer", error: undefined, scopes: [] }],
  ["DPoP", 'DPoP algs="ES256", error="invalid_token"', { scheme: "dpop", error: "invalid_token" }],
  ["unquoted values", "bearer error=invalid_token", { error: "invalid_token" }],
  ["quoted pairs and commas", 'Bearer error_description="a \\"b\\", c"', { errorDescription: 'a "b", c' }],
  [
    "other schemes before",
    'Basic realm="a, Bearer error=x", Negotiate abc==, Bearer error="invalid_token"',
    { error: "invalid_token" },
  ],
  [
    "other schemes after",
    'Bearer error="invalid_token", Basic realm="x", error="other"',
    { error: "invalid_token" },
  ],
  [
    "a parameter twice: the first counts",
    'Bearer error="invalid_token", error="other"',
    { error: "invalid_token" },
  ],
  ["names in capitals", 'BEARER ERROR="invalid_token"', { error: "invalid_token" }],
  ["names of a prototype", 'Bearer __proto__="x", constructor="y"', { error: undefined }],
  [
    "what follows is broken",
    'Bearer error="invalid_token", scope="unclosed',
    { error: "invalid_token", scopes: [] },
  ],
])("reads a challenge: %s", (_, header, expected) => {
  expect(parseChallenge(header)).toMatchObject(expected);
});

test.each([
  [null],
  [""],
  ['Basic realm="x"'],
  ['Basic realm="Bearer error=invalid_token"'],
  ['error="invalid_token"'],
  [`Bearer error="${"x".repeat(9000)}"`],
])("finds none in %j", (header) => {
  expect(parseChallenge(header)).toBeUndefined();
});

test("ends on any text, and never throws", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("Bearer", "a", "=", '"', "\\", ",", " ", "==", "x=y"), { maxLength: 200 }),
      (parts) => {
        parseChallenge(parts.join(""));
      },
    ),
    { numRuns: 500 },
  );
});
