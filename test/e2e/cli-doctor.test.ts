import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { makeKey } from "../support/identity/tokens.ts";
import { runProgram } from "../support/program.ts";
import { type Stack, startStack } from "../support/stack.ts";

/** `attach-gateway doctor`: every fault is provoked, and told with the way out. */
interface Check {
  readonly name: string;
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  readonly mend?: string;
}

let stack: Stack;
let folder: string;
const servers: Server[] = [];
beforeAll(async () => {
  stack = await startStack();
});
afterEach(async () => {
  if (folder) rmSync(folder, { recursive: true, force: true });
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => stack?.stop());

async function doctor(env: Readonly<Record<string, string>> = {}, ...args: readonly string[]) {
  const well = {
    OIDC_ISSUER: stack.issuer.issuer,
    ENGINE_URL: stack.engine.url,
    PORT: String(await freePort()),
  };
  folder = mkdtempSync(join(tmpdir(), "attach-doctor-"));
  await using program = await runProgram(["doctor", "--json", ...args], { ...well, ...env }, folder);
  const code = await program.ended();
  const { ok, checks } = JSON.parse(program.stdout()) as { ok: boolean; checks: Check[] };
  expect([ok, program.stderr()]).toEqual([code === 0, ""]);
  return { code, checks, check: (name: string) => checks.find((one) => one.name.startsWith(name)) };
}

async function serve(listener: RequestListener, host = "127.0.0.1"): Promise<string> {
  const server = createServer(listener).listen(0, host);
  await once(server, "listening");
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A provider with a clock and keys to choose. */
function provider({ late = 0, keys = [makeKey("k").jwk] as unknown[], status = 200 } = {}): Promise<string> {
  return serve((request, response) => {
    const issuer = `http://${request.headers.host}`;
    const body = request.url === "/jwks" ? { keys } : { issuer, jwks_uri: `${issuer}/jwks` };
    response.setHeader("Date", new Date(Date.now() + late * 1000).toUTCString());
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
}

test("finds nothing wrong where nothing is, beside a gateway that runs, and changes nothing", async () => {
  const { folder: data, port } = stack.gateway;
  const env = { DATABASE_URL: `sqlite:${join(data, "attach.db")}`, PORT: String(port) };
  const { code, checks, check } = await doctor(env);
  expect([code, checks.filter(({ status }) => status === "fail")]).toEqual([0, []]);
  expect(check("port")?.message).toContain("this gateway listens there now");
  expect(check("store")?.message).toMatch(/opens, schema version \d+$/);
  expect(check("secret")?.message).toMatch(/opens the store$/);
  expect(check("keys of")?.message).toContain("1 can be used");
  expect(check("clock")?.status).toBe("ok");
});

test("says each thing in a line of its own, with a mark and a way out", async () => {
  folder = mkdtempSync(join(tmpdir(), "attach-doctor-"));
  await using program = await runProgram(["doctor"], { PORT: "http" }, folder);
  expect(await program.ended()).toBe(1);
  const lines = program.stdout().trimEnd().split("\n");
  expect(lines.every((line) => /^[✓!✗] [^:]+: \S/.test(line))).toBe(true);
  expect(lines.filter((line) => line.startsWith("✗"))).toEqual([
    expect.stringMatching(/^✗ configuration: PORT must be .* Mend: PORT=/),
    expect.stringMatching(/^✗ configuration: OIDC_ISSUER must name/),
  ]);
});

test("looks at the rest when only the issuer is missing, and makes no file", async () => {
  const { code, check } = await doctor({ OIDC_ISSUER: "" });
  expect([code, check("configuration")?.status, check("engine default")?.status]).toEqual([1, "fail", "ok"]);
  expect(check("store")?.message).toContain("is not there yet");
});

test("names an issuer that is spelt otherwise, is not there, or is no issuer", async () => {
  const slash = await doctor({ OIDC_ISSUER: `${stack.issuer.issuer}/` });
  expect(slash.check("issuer")).toMatchObject({
    status: "fail",
    message: expect.stringContaining("trailing slash"),
    mend: expect.stringContaining("to the last character"),
  });
  const gone = await doctor({ OIDC_ISSUER: `http://127.0.0.1:${await freePort()}` });
  expect([gone.code, gone.check("issuer")?.message]).toEqual([1, expect.stringContaining("ECONNREFUSED")]);
  const none = await doctor({ OIDC_ISSUER: await provider({ status: 404 }) });
  expect(none.check("issuer")?.mend).toContain("realm or tenant");
});

test.each([
  [120, "fail", /this machine is 1(19|20|21) s behind/],
  [-120, "fail", /this machine is 1(19|20|21) s ahead/],
  [15, "warn", /1[456] s behind/],
  [0, "ok", /agrees/],
])("compares the clocks: an issuer %i s ahead is %s", async (late, status, words) => {
  const { check } = await doctor({ OIDC_ISSUER: await provider({ late }) });
  expect(check("clock")).toMatchObject({ status, message: expect.stringMatching(words) });
});

test("says why keys cannot be used", async () => {
  const { code, check } = await doctor({
    OIDC_ISSUER: await provider({ keys: [{ kty: "oct", k: "c2VjcmV0" }] }),
  });
  expect([code, check("keys of")]).toEqual([
    1,
    expect.objectContaining({ status: "fail", message: expect.stringContaining("private or symmetric") }),
  ]);
});

test("I03: asks nobody for the keys of an issuer that signs by a shared secret", async () => {
  const secret = "a shared secret of thirty-two bytes and more";
  const issuers = [{ issuer: "https://hmac.test", algorithms: ["HS256"], secret: { env: "SHARED" } }];
  const config = join(tmpdir(), `attach-doctor-${process.pid}.json`);
  writeFileSync(config, JSON.stringify({ issuers }));
  try {
    const { checks, check } = await doctor({ OIDC_ISSUER: "", SHARED: secret }, "--config", config);
    expect(check("issuer")).toMatchObject({
      status: "ok",
      message: expect.stringContaining("shared secret"),
    });
    expect(JSON.stringify(checks)).not.toContain(secret);
  } finally {
    rmSync(config);
  }
});

test("names an engine that does not answer", async () => {
  const { code, check } = await doctor({ ENGINE_URL: `http://127.0.0.1:${await freePort()}` });
  expect([code, check("engine default")?.mend]).toEqual([1, expect.stringContaining("ENGINE_URL")]);
});

test("warns of an engine that is reached past the gateway", async () => {
  expect((await doctor()).check("engine past")?.status).toBe("ok");
  const outer = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const address = outer.find(({ internal, family }) => !internal && family === "IPv4")?.address;
  const ENGINE_URL = await serve((_request, response) => response.end(), "0.0.0.0");
  const { code, check } = await doctor({ ENGINE_URL });
  expect(code).toBe(0);
  if (address === undefined) return expect(check("engine past")?.status).toBe("ok");
  expect(check("engine past")).toMatchObject({
    status: "warn",
    message: expect.stringContaining(address),
    mend: expect.stringContaining("OLLAMA_HOST=127.0.0.1"),
  });
});

test("names a store that is newer, somebody else's, no database, or open to others", async () => {
  const place = mkdtempSync(join(tmpdir(), "attach-doctor-db-"));
  const look = async (file: string) => (await doctor({ DATABASE_URL: `sqlite:${join(place, file)}` })).checks;
  const make = (file: string, sql: string) => {
    const db = new DatabaseSync(join(place, file));
    db.exec(sql);
    db.close();
  };
  try {
    make("newer.db", "create table t (x); pragma application_id = 1096041288; pragma user_version = 9999");
    make("other.db", "create table theirs (x)");
    writeFileSync(join(place, "text.db"), "no database at all, but long enough to be looked at ".repeat(100));
    mkdirSync(join(place, "folder.db"));
    make("open.db", "");
    chmodSync(join(place, "open.db"), 0o644);
    const stores = await Promise.all(["newer.db", "other.db", "text.db", "folder.db", "open.db"].map(look));
    const faults = stores.map((checks) =>
      checks.find(({ name, status }) => name.startsWith("store") && status !== "ok"),
    );
    expect(faults).toEqual([
      expect.objectContaining({ status: "fail", message: expect.stringContaining("schema version 9999") }),
      expect.objectContaining({ status: "fail", message: expect.stringContaining("another program") }),
      expect.objectContaining({ status: "fail", message: expect.stringContaining("not a database") }),
      expect.objectContaining({ status: "fail" }),
      expect.objectContaining({ status: "warn", mend: expect.stringContaining("chmod 600") }),
    ]);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});

test("S13: names a secret that others can read, that is gone, or that is not the store's, and never shows it", async () => {
  const own = await startStack();
  const file = join(own.gateway.folder, "attach.db");
  const DATABASE_URL = `sqlite:${file}`;
  try {
    const other = "a secret that is not the one of this store";
    const wrong = await doctor({ DATABASE_URL, ATTACH_SECRET: other });
    expect(wrong.check("secret")).toMatchObject({ status: "fail", mend: expect.stringContaining("new,old") });
    expect(JSON.stringify(wrong.checks)).not.toContain(other);
    chmodSync(`${file}.secret`, 0o640);
    const open = await doctor({ DATABASE_URL });
    expect(open.check("secret")).toMatchObject({
      status: "fail",
      mend: expect.stringContaining("chmod 600"),
    });
    writeFileSync(`${file}.secret`, `${other}\n`);
    chmodSync(`${file}.secret`, 0o600);
    expect((await doctor({ DATABASE_URL })).check("secret")?.status).toBe("fail");
    rmSync(`${file}.secret`);
    const gone = await doctor({ DATABASE_URL });
    expect([gone.code, gone.check("secret")?.message]).toEqual([1, expect.stringContaining("is gone")]);
  } finally {
    await own.stop();
  }
});

test("names a port that another program has, with one that is free, and an address that is not here", async () => {
  const port = new URL(await serve((_request, response) => response.end("{}"))).port;
  const taken = await doctor({ PORT: port });
  expect([taken.code, taken.check("port")]).toEqual([
    1,
    expect.objectContaining({ message: `${port} on 127.0.0.1 is taken by another program` }),
  ]);
  expect(taken.check("port")?.mend).toMatch(/--port \d+/);
  const elsewhere = await doctor({ HOST: "203.0.113.9", PUBLIC_URL: "https://gateway.test" });
  expect(elsewhere.check("port")).toMatchObject({ status: "fail", mend: expect.stringContaining("HOST") });
});
