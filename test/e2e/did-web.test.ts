import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { didClaims, makeDidKey, signDid } from "../support/did.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";

const folder = mkdtempSync(join(tmpdir(), "attach-did-web-"));
const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
const hasOpenssl = makeCertificate();
const key = makeDidKey();
let host: Server;
let port = 0;
let asked: string[] = [];
let connections = 0;

function makeCertificate(): boolean {
  try {
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const how = [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "2",
    ];
    execFileSync("openssl", [...how, ...subject, "-keyout", keyFile, "-out", certFile], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const didOf = (path = "") => `did:web:localhost%3A${port}${path}`;

function documentOf(did: string): string {
  const method = { id: "#k", type: "Multikey", controller: did, publicKeyMultibase: key.did.slice(8) };
  return JSON.stringify({ id: did, verificationMethod: [method], authentication: ["#k"] });
}

beforeAll(async () => {
  if (!hasOpenssl) return;
  host = createServer(
    { key: readFileSync(keyFile), cert: readFileSync(certFile) },
    ({ url = "" }, response) => {
      asked.push(url);
      if (url === "/moved/did.json") response.writeHead(302, { location: "/.well-known/did.json" }).end();
      else if (url === "/large/did.json") response.end(" ".repeat(1024 * 1024) + documentOf(didOf(":large")));
      else if (url === "/.well-known/did.json") response.end(documentOf(didOf()));
      else response.writeHead(404).end();
    },
  );
  host.on("connection", () => {
    connections++;
  });
  await new Promise<void>((ready) => host.listen(0, "127.0.0.1", ready));
  port = (host.address() as AddressInfo).port;
});
afterAll(async () => {
  host?.closeAllConnections();
  await new Promise((ended) => (hasOpenssl ? host.close(ended) : ended(undefined)));
  rmSync(folder, { recursive: true, force: true });
});

/** A gateway to which the test's host is a trusted one, as far as TLS goes. */
const start = (env: Record<string, string>) =>
  startGateway({
    env: {
      DID_METHODS: "web",
      DID_ALLOW: `${didOf()} ${didOf(":*")}`,
      NODE_EXTRA_CA_CERTS: certFile,
      ...env,
    },
  });

async function call(gateway: GatewayProcess, did: string): Promise<number> {
  const token = signDid(key, didClaims(did, `http://localhost:${gateway.port}`, Date.now()), {
    kid: `${did}#k`,
  });
  const response = await fetch(`${gateway.url}/attach/v1/tokens`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return response.status;
}

test.skipIf(hasOpenssl)("openssl is not here, so there is no host for did:web: skipped", () => {
  expect(hasOpenssl).toBe(false);
});

describe.runIf(hasOpenssl)("I04: did:web", () => {
  test("logs in by the document of its host, over TLS, asked once", async () => {
    const gateway = await start({ OUTBOUND_ALLOW: "localhost" });
    asked = [];
    expect([await call(gateway, didOf()), await call(gateway, didOf())]).toEqual([200, 200]);
    expect(asked).toEqual(["/.well-known/did.json"]);
    await gateway.stop();
  });

  test("S18: follows no redirect, reads no document beyond its bound, and believes no other host's", async () => {
    const gateway = await start({ OUTBOUND_ALLOW: "localhost" });
    for (const path of [":moved", ":large"]) expect(await call(gateway, didOf(path))).toBe(503);
    expect(await call(gateway, didOf(":absent"))).toBe(401);
    expect(gateway.output()).not.toContain("eyJ");
    await gateway.stop();
  });

  test("S18: a private address is not even connected to, unless its host was allowed", async () => {
    const gateway = await start({});
    connections = 0;
    expect(await call(gateway, didOf())).toBe(503);
    for (const place of [
      `127.0.0.1%3A${port}`,
      `0x7f.1%3A${port}`,
      `2130706433%3A${port}`,
      `[::1]%3A${port}`,
    ])
      expect(await call(gateway, `did:web:${place}`)).toBe(401);
    expect(connections).toBe(0);
    await gateway.stop();
  });

  test("S18: anyone is nobody's host: with DID_ALLOW=* no did:web is asked for", async () => {
    const gateway = await start({ DID_ALLOW: "*", OUTBOUND_ALLOW: "localhost" });
    connections = 0;
    expect(await call(gateway, didOf())).toBe(401);
    expect(connections).toBe(0);
    await gateway.stop();
  });
});
