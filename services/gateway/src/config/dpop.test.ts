import { expect, test } from "vitest";
import { loadConfig } from "./load.ts";

const dpopOf = (env: Record<string, string>) => {
  const loaded = loadConfig({
    env: { OIDC_ISSUER: "https://idp.example", ...env },
    cwd: import.meta.dirname,
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.reason));
  return loaded.value.dpop;
};

test("S11: a proof may name PUBLIC_URL and its aliases, as URLs spell origins, and nothing else", () => {
  const env = {
    PUBLIC_URL: "https://Gateway.example:443/",
    PUBLIC_URL_ALIASES: "https://gateway.internal:8443 http://10.0.0.1:80",
  };
  expect(dpopOf(env)).toEqual({
    origins: ["https://gateway.example", "https://gateway.internal:8443", "http://10.0.0.1"],
    demandsNonce: false,
  });
});

test("S11: this machine is known by its other names, on the same port", () => {
  expect(dpopOf({ PORT: "8081" }).origins).toEqual([
    "http://localhost:8081",
    "http://127.0.0.1:8081",
    "http://[::1]:8081",
  ]);
});

test("a nonce can be demanded of every proof", () => {
  expect(dpopOf({ DPOP_NONCE: "required" }).demandsNonce).toBe(true);
});
