import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { runProgram } from "../support/program.ts";

const ISSUER = "http://127.0.0.1:9/";

describe("the command line", () => {
  test("shows its usage and its version, and no command that is not there yet", async () => {
    await using help = await runProgram(["--help"]);
    expect(await help.ended()).toBe(0);
    expect(help.stdout()).toContain("attach-gateway dev");
    for (const command of ["login", "token", "doctor"])
      expect(help.stdout()).toMatch(new RegExp(`^  ${command} `, "m"));
    expect(help.stdout()).not.toMatch(/^ {2}init /m);
    await using version = await runProgram(["serve", "-v"]);
    expect(await version.ended()).toBe(0);
    expect(version.stdout()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [["sevre"], 'there is no command "sevre" (did you mean serve?)'],
    [["serve", "--prot", "1"], 'there is no flag "--prot" (did you mean --port?)'],
  ])("refuses %j: %s; exit 2", async (args, reason) => {
    await using program = await runProgram(args);
    expect(await program.ended()).toBe(2);
    expect(program.stderr()).toContain(reason);
    expect(program.stdout()).toBe("");
  });

  test("serve without an issuer is an error that prints the dev command", async () => {
    await using program = await runProgram(["serve"]);
    expect(await program.ended()).toBe(2);
    expect(program.stderr()).toContain("OIDC_ISSUER must name your identity provider");
    expect(program.stderr()).toContain("attach-gateway dev");
  });

  test("a wrong issuer never turns the bare command into dev", async () => {
    await using program = await runProgram([], { OIDC_ISSUER: "login.example.com" });
    expect(await program.ended()).toBe(2);
    await using broken = await runProgram(["--config", "absent.yaml"]);
    expect(await broken.ended()).toBe(2);
  });
});

describe("serve", () => {
  test("I07: starts with nothing but OIDC_ISSUER, also while the provider is down", async () => {
    const port = await freePort();
    await using program = await runProgram(["--port", String(port)], { OIDC_ISSUER: ISSUER });
    await program.says(
      new RegExp(`listens on http://127.0.0.1:${port}, reached as http://localhost:${port},`),
    );
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/api/tags`)).status).toBe(401);
  });

  test("names a taken port and the way out: exit 1", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const { port } = squatter.address() as AddressInfo;
    await using program = await runProgram(["serve"], { OIDC_ISSUER: ISSUER, PORT: String(port) });
    expect(await program.ended()).toBe(1);
    expect(program.stderr()).toMatch(
      new RegExp(`^Port ${port} on 127.0.0.1 is taken by another program\\..* --port \\d+ `, "m"),
    );
    squatter.close();
  });

  test("refuses a database it cannot open, in one line: exit 1", async () => {
    await using program = await runProgram(["serve"], {
      OIDC_ISSUER: ISSUER,
      PORT: String(await freePort()),
      DATABASE_URL: "sqlite:/dev/null/attach.db",
    });
    expect(await program.ended()).toBe(1);
    expect(program.stderr()).toMatch(/^attach-gateway cannot start: /m);
    expect(program.stderr()).not.toContain("    at ");
  });

  test("SIGTERM lets a running answer finish, takes no new one, and ends with 0", async () => {
    await using world = await streaming();
    const { program, url, engineAnswer, body } = world;
    program.child.kill("SIGTERM");
    await program.says(/SIGTERM: finishing/);
    await expect.poll(() => refused(url)).toBe(true);
    engineAnswer.end("last");
    expect(await rest(body)).toBe("last");
    expect(await program.ended()).toBe(0);
  });

  test("a second signal ends it at once", async () => {
    await using world = await streaming();
    const { program } = world;
    program.child.kill("SIGINT");
    await program.says(/SIGINT: finishing/);
    // Longer than what still counts as the same key press.
    await new Promise((wake) => setTimeout(wake, 500));
    expect(program.child.exitCode).toBe(null);
    program.child.kill("SIGTERM");
    expect(await program.ended()).toBe(128 + 15);
  });

  test("cuts off what does not end within DRAIN_TIMEOUT", async () => {
    await using world = await streaming({ DRAIN_TIMEOUT: "200ms" });
    world.program.child.kill("SIGTERM");
    expect(await world.program.ended()).toBe(0);
    await expect(rest(world.body)).rejects.toThrow();
  });
});

/** A gateway in the middle of a streamed answer. */
async function streaming(env: Readonly<Record<string, string>> = {}) {
  const answers: ServerResponse[] = [];
  const engine = createServer((_request, response) => {
    response.write("first");
    answers.push(response);
  }).listen(0, "127.0.0.1");
  await once(engine, "listening");
  const port = await freePort();
  const audience = `http://localhost:${port}`;
  const issuer = await startDevIssuer({ audience });
  const program = await runProgram(["serve"], {
    OIDC_ISSUER: issuer.issuer,
    PORT: String(port),
    ENGINE_URL: `http://127.0.0.1:${(engine.address() as AddressInfo).port}`,
    ...env,
  });
  await program.says(/listens on/);
  const { accessToken } = await logIn({ issuer: issuer.issuer, user: "alice", audience });
  const url = `http://127.0.0.1:${port}`;
  const answer = await fetch(`${url}/api/tags`, { headers: { Authorization: `Bearer ${accessToken}` } });
  const body = answer.body?.getReader();
  const [engineAnswer] = answers;
  if (body === undefined || engineAnswer === undefined) throw new Error("no answer to read");
  expect(new TextDecoder().decode((await body.read()).value)).toBe("first");
  return {
    program,
    url,
    engineAnswer,
    body,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      engine.closeAllConnections();
      engine.close();
      await issuer.close();
    },
  };
}

async function rest(body: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let text = "";
  for (let part = await body.read(); !part.done; part = await body.read())
    text += new TextDecoder().decode(part.value);
  return text;
}

/** Does the gateway turn away a new connection? */
async function refused(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`, { headers: { Connection: "close" } }).then(
    () => false,
    () => true,
  );
}
