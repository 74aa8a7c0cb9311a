import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type Program, runProgram } from "../support/program.ts";

const sh = promisify(execFile);

/** The address that `dev` printed, and Alice's token. */
async function started(program: Program): Promise<{ url: string; alice: string }> {
  const [, url = ""] = await program.says(/Attach Gateway \(dev\) is at (\S+)/);
  const [, alice = ""] = await program.says(/^ALICE=(\S+)$/m);
  await program.says(/Ctrl-C ends it all/);
  return { url, alice };
}

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

describe("dev", () => {
  test("I07: with nothing at all, the bare command brings an issuer and an engine, and says so loudly", async () => {
    await using program = await runProgram([]);
    const { url, alice } = await started(program);
    expect(program.stderr()).toContain("*** No identity provider is configured (OIDC_ISSUER)");
    expect((await fetch(`${url}/api/tags`)).status).toBe(401);
    const tags = await fetch(`${url}/api/tags`, bearer(alice));
    expect(tags.status).toBe(200);
    expect(await tags.json()).toMatchObject({ models: [{ name: expect.any(String) }] });
  });

  test("prints lines that work when they are pasted", async () => {
    await using program = await runProgram(["dev"], { PORT: String(await freePort()) });
    await started(program);
    const [, lines = ""] = /into another terminal:\n([\s\S]*?)\nCtrl-C/.exec(program.stdout()) ?? [];
    const { stdout } = await sh("sh", ["-eu", "-c", lines]);
    const statuses = [...stdout.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(["401", "403", "200", "401"]);
    expect(stdout).toContain('"done":true');
    // The engine saw who asked and for whom.
    await program.says(/engine: .*\/api\/chat.*alice.*research-agent/);
  });

  test("keeps the tokens it prints out of every file", async () => {
    await using program = await runProgram(["dev"], { PORT: String(await freePort()), LOG_LEVEL: "trace" });
    const { url, alice } = await started(program);
    await fetch(`${url}/api/tags`, bearer(alice));
    program.child.kill("SIGINT");
    expect(await program.ended()).toBe(0);
    const files = await readdir(program.folder);
    expect(files).toContain("attach.db");
    for (const file of files) {
      expect((await readFile(join(program.folder, file))).includes(alice.split(".")[2] ?? alice)).toBe(false);
    }
    expect(program.stdout().split(alice)).toHaveLength(2);
    expect(program.stderr()).not.toContain(alice);
  });

  test("takes the next free port when its own is taken, and says so", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const { port } = squatter.address() as AddressInfo;
    await using program = await runProgram(["dev", "--port", String(port)]);
    const { url, alice } = await started(program);
    expect(program.stderr()).toMatch(
      new RegExp(`^Port ${port} is taken: the gateway listens on \\d+\\.$`, "m"),
    );
    expect(Number(new URL(url).port)).toBeGreaterThan(port);
    expect((await fetch(`${url}/api/tags`, bearer(alice))).status).toBe(200);
    squatter.close();
  });

  test("stands in front of a real engine with --upstream", async () => {
    const engine = createServer((_request, response) => response.end("the real one")).listen(0, "127.0.0.1");
    await once(engine, "listening");
    const upstream = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`;
    await using program = await runProgram(["dev", "--upstream", upstream], {
      PORT: String(await freePort()),
    });
    const { url, alice } = await started(program);
    expect(await (await fetch(`${url}/api/tags`, bearer(alice))).text()).toBe("the real one");
    expect(program.stdout()).not.toContain("demo answers");
    engine.closeAllConnections();
    engine.close();
  });

  test("S23: refuses to be reachable from another machine: exit 2", async () => {
    for (const env of [{ HOST: "0.0.0.0" }, { HOST: "0.0.0.0", PUBLIC_URL: "https://x.example.com" }]) {
      await using program = await runProgram(["dev"], env);
      expect(await program.ended()).toBe(2);
      expect(program.stderr()).toContain("HOST must be loopback for dev");
    }
  });

  test("uses its own issuer whatever is configured, and says so", async () => {
    await using program = await runProgram(["dev"], {
      PORT: String(await freePort()),
      OIDC_ISSUER: "https://login.example.com",
      PUBLIC_URL: "https://gateway.example.com",
    });
    const { url, alice } = await started(program);
    expect(program.stderr()).toContain("warning: dev does not use what is set for issuers, server.publicUrl");
    expect(url).toMatch(/^http:\/\/localhost:/);
    expect((await fetch(`${url}/api/tags`, bearer(alice))).status).toBe(200);
  });
});
