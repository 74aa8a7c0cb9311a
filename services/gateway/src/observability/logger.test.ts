import { expect, test } from "vitest";
import { createLogger } from "./logger.ts";

function capture() {
  const lines: string[] = [];
  const { log } = createLogger("info", { write: (line: string) => void lines.push(line) });
  return { log, text: () => lines.join("") };
}

test("never writes the value of a field named as a secret, at either depth", () => {
  const { log, text } = capture();
  log.info(
    { authorization: "Bearer s3cret", request: { client_secret: "s3cret", token: "s3cret" } },
    "hello",
  );
  expect(text()).not.toContain("s3cret");
  expect(text()).toContain("[redacted]");
});

test("scrubs a JWT from wherever it got into a line", () => {
  const { log, text } = capture();
  const jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
  log.error({ err: new Error(`could not read ${jwt}`) }, `failed with ${jwt}`);
  expect(text()).not.toContain("eyJ");
  expect(text()).toContain("[redacted jwt]");
});

test("writes one JSON object a line, with an ISO time and the level by name", () => {
  const { log, text } = capture();
  log.warn({ requestId: "r1" }, "careful");
  expect(JSON.parse(text())).toMatchObject({ level: "warn", requestId: "r1", msg: "careful" });
  expect(JSON.parse(text()).time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
});
