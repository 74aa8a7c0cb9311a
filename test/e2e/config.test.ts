import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { runProgram } from "../support/program.ts";

/** Nothing listens there: the gateway starts without its provider. */
const ISSUER = "http://127.0.0.1:9/";

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "attach-config-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

describe("a wrong configuration", () => {
  test("shows every mistake at once, each with its key and an example, and starts nothing: exit 2", async () => {
    const folder = await folderWith({
      "attach.yaml": "server: { prot: 80 }\nmcp: {}\n",
      ".env": "SESSION_MAX=8x\n",
    });
    await using program = await runProgram(
      ["serve", "--upstream", "localhost:11434"],
      { OIDC_ISSUER: "idp", PORT: "80a", HOST: "0.0.0.0", DATABASE_URL: "postgres://u:p@db/x" },
      folder,
    );
    expect(await program.ended()).toBe(2);
    expect(program.stdout()).toBe("");
    const said = program.stderr();
    expect(said).toContain("has 8 mistakes");
    for (const line of [
      'server.prot in attach.yaml is not a setting; did you mean "port"?',
      "mcp in attach.yaml is not supported by this version",
      "PORT must be a whole number from 0 to 65535",
      "--upstream must begin with http:// or https://",
      "SESSION_MAX must be a time with its unit",
      "OIDC_ISSUER must be a URL",
      "PUBLIC_URL must be set, for HOST is reachable from other machines",
      "DATABASE_URL is not supported by this version with a postgres address",
      "example: PUBLIC_URL=https://gateway.example.com",
      "example: PORT=8080",
    ])
      expect(said).toContain(line);
  });

  test("never shows a secret, wherever it was put", async () => {
    const SECRET = "sk-do-not-show-me-0123456789";
    const folder = await folderWith({
      "attach.yaml": `secret: ${SECRET}\nupstreams: [{ apiKey: ${SECRET} }]\ndatabase: postgres://a:${SECRET}@db/x\n`,
    });
    await using program = await runProgram(
      ["serve", "--port", SECRET, `--upstream=http://u:${SECRET}@engine`],
      {
        METRICS_TOKEN: `${SECRET} `.repeat(2),
        ATTACH_SECRET: SECRET,
        LOG_LEVEL: SECRET,
        OIDC_ISSUER: SECRET,
      },
      folder,
    );
    expect(await program.ended()).toBe(2);
    expect(program.stderr()).toContain("mistakes");
    expect(program.stderr() + program.stdout()).not.toContain(SECRET);
  });

  test.each(["serve", "dev"])("stops %s before it makes a file", async (command) => {
    await using program = await runProgram([command], { OIDC_ISSUER: ISSUER, LOG_LEVEL: "loud" });
    expect(await program.ended()).toBe(2);
    const { readdir } = await import("node:fs/promises");
    expect(await readdir(program.folder)).toEqual([]);
  });
});

describe("a right configuration", () => {
  test("is read from flags, environment, .env and attach.yaml, in this order", async () => {
    const [port, other] = [await freePort(), await freePort()];
    const folder = await folderWith({
      "attach.yaml": `server: { port: ${other}, logLevel: fatal }\nissuers: [{ issuer: "${ISSUER}" }]\n`,
      ".env": `PORT=${other}\nENGINE_URL=http://127.0.0.1:10\n`,
    });
    await using program = await runProgram(
      ["--port", String(port)],
      { PORT: String(other), ENGINE_URL: "http://127.0.0.1:11" },
      folder,
    );
    await program.says(new RegExp(`listens on http://127.0.0.1:${port}, .*in front of http://127.0.0.1:11`));
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  });

  test("says in one line each what it does not act on, and starts", async () => {
    await using program = await runProgram(["serve"], {
      OIDC_ISSUER: ISSUER,
      PORT: String(await freePort()),
      WEAVIATE_API_KEY: "w-do-not-show-me",
    });
    await program.says(/listens on/);
    const warnings = program.stderr().match(/^warning: .*/gm);
    expect(warnings).toEqual(["warning: WEAVIATE_API_KEY has no effect without MEM_BACKEND=weaviate"]);
  });

  test("keeps its secrets to itself while it runs, at every log level", async () => {
    const secrets = {
      ENGINE_API_KEY: "sk-engine-do-not-show",
      ATTACH_SECRET: "attach-secret-do-not-show-0123456789",
      METRICS_TOKEN: "metrics-token-do-not-show",
    };
    const port = await freePort();
    await using program = await runProgram(["serve"], {
      ...secrets,
      OIDC_ISSUER: ISSUER,
      PORT: String(port),
      LOG_LEVEL: "trace",
    });
    await program.says(/listens on/);
    const bearer = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
    const answer = await fetch(`http://127.0.0.1:${port}/api/tags`, {
      headers: { Authorization: `Bearer ${bearer}` },
    });
    expect(answer.status).toBe(401);
    program.child.kill("SIGTERM");
    expect(await program.ended()).toBe(0);
    for (const secret of [...Object.values(secrets), bearer])
      expect(program.stdout() + program.stderr()).not.toContain(secret);
  });
});
