import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../load.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "attach-foreign-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function load(entry: string) {
  const list = entry === "" ? "" : `foreign:\n  - { ${entry} }\n`;
  writeFileSync(join(cwd, "attach.yaml"), list);
  const env = { OIDC_ISSUER: "https://idp.test", PARTNER: "a-secret-of-a-client" };
  return loadConfig({ env, cwd });
}

const PARTNER = "issuer: https://partner.test, clientId: c";

test("I09: is off by default", () => {
  const loaded = load("");
  expect(loaded.ok && loaded.value.foreign.issuers).toEqual([]);
});

test("I09: comes back as tokens of the first issuer, with a secret out of the environment", () => {
  const loaded = load(`${PARTNER}, tokenEndpoint: https://idp.test/token, clientSecret: { env: PARTNER }`);
  expect(loaded.ok && loaded.value.foreign).toEqual({
    issuers: [
      {
        issuer: "https://partner.test",
        idp: "https://idp.test",
        tokenEndpoint: "https://idp.test/token",
        clientId: "c",
        clientSecret: "a-secret-of-a-client",
      },
    ],
    allowedHosts: ["idp.test"],
  });
});

const ENDPOINT = "tokenEndpoint: https://idp.test/token";
test.each([
  ["an issuer that is verified here", `issuer: https://idp.test/, clientId: c, ${ENDPOINT}`, "verified here"],
  ["our own name", `issuer: http://localhost:8080, clientId: c, ${ENDPOINT}`, "PUBLIC_URL"],
  [
    "a provider that nobody configured",
    `${PARTNER}, ${ENDPOINT}, idp: https://else.test`,
    "one of the issuers",
  ],
  ["a plain endpoint", `${PARTNER}, tokenEndpoint: http://idp.test/token`, "must be https"],
  ["no endpoint", PARTNER, "is missing"],
  [
    "a secret in the file",
    `${PARTNER}, ${ENDPOINT}, clientSecret: written-down`,
    "must not be written into the file",
  ],
])("I09: S04: refuses %s", (_name, entry, words) => {
  const loaded = load(entry);
  expect(loaded.ok ? [] : loaded.reason.map(({ problem }) => problem)).toEqual([
    expect.stringContaining(words),
  ]);
  expect(JSON.stringify(loaded)).not.toContain("written-down");
});
