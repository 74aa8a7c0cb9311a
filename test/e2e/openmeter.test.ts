import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDemoEngine } from "@attach-dev/demo-engine";
import { logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";

interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A receiver as OpenMeter is one: batches of CloudEvents, known by source and id. */
class Receiver {
  /** Everything that came, also twice. */
  readonly received: CloudEvent[] = [];
  readonly headers: NodeJS.Dict<string | string[]>[] = [];
  readonly batches: number[] = [];
  /** What it answers; `null`: the connection is cut after the events were taken. */
  answer: number | null | ((events: readonly CloudEvent[]) => number) = 204;
  #server: Server | undefined;
  port = 0;

  async start(): Promise<void> {
    this.#server = createServer(async (request, response) => {
      let text = "";
      for await (const piece of request.setEncoding("utf8")) text += piece;
      const events = JSON.parse(text) as CloudEvent[];
      const status = typeof this.answer === "function" ? this.answer(events) : this.answer;
      if (status === null || status < 300) {
        this.received.push(...events);
        this.batches.push(events.length);
        this.headers.push(request.headers);
      }
      if (status === null) request.socket.destroy();
      else response.writeHead(status).end();
    });
    await new Promise<void>((ready) => this.#server?.listen(this.port, "127.0.0.1", ready));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Known by source and id, as the receiver counts them. */
  get distinct(): readonly CloudEvent[] {
    return [...new Map(this.received.map((event) => [`${event.source} ${event.id}`, event])).values()];
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((ended) => this.#server?.close(ended) ?? ended(undefined));
  }
}

const KEY = "openmeter-key-do-not-show";
let receiver: Receiver;
let engine: Awaited<ReturnType<typeof startDemoEngine>>;
let issuer: Awaited<ReturnType<typeof startDevIssuer>>;
let gateway: GatewayProcess;
let folder: string;
let port: number;
let token: string;

const start = () =>
  startGateway({
    port,
    folder,
    env: {
      OIDC_ISSUER: issuer.issuer,
      ENGINE_URL: engine.url,
      USAGE_METERING: "openmeter",
      OPENMETER_URL: `http://127.0.0.1:${receiver.port}`,
      OPENMETER_API_KEY: KEY,
    },
  });

async function call(times: number): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: times }, () =>
      fetch(`${gateway.url}/api/chat`, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}` },
        body: JSON.stringify({
          model: "llama3.2",
          messages: [{ role: "user", content: "hello there" }],
          stream: false,
        }),
      }),
    ),
  );
  await Promise.all(answers.map((answer) => answer.text()));
  return answers.map((answer) => answer.headers.get("x-request-id") ?? "");
}

beforeEach(async () => {
  receiver = new Receiver();
  await receiver.start();
  port = await freePort();
  folder = mkdtempSync(join(tmpdir(), "attach-openmeter-"));
  issuer = await startDevIssuer({ audience: `http://localhost:${port}` });
  engine = await startDemoEngine();
  gateway = await start();
  token = (await logIn({ issuer: issuer.issuer, user: "alice", audience: `http://localhost:${port}` }))
    .accessToken;
});

afterEach(async () => {
  await gateway.stop();
  await Promise.all([engine.close(), issuer.close(), receiver.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const waits = { timeout: 20_000 };

describe("R09: OpenMeter", () => {
  test("R09: gets one CloudEvent a call, in batches, by its request id, and no prompt", async () => {
    const ids = await call(30);
    await expect.poll(() => receiver.distinct.length, waits).toBe(30);
    expect(receiver.distinct.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(receiver.batches.length).toBeLessThan(30);
    expect(receiver.received[0]).toMatchObject({
      specversion: "1.0",
      type: "attach.usage",
      source: `http://localhost:${port}`,
      subject: `${issuer.issuer}|alice`,
      data: { user: "alice", model: "llama3.2", input_tokens: 2, source: "engine", agent: null },
    });
    expect(receiver.headers[0]).toMatchObject({
      "content-type": "application/cloudevents-batch+json",
      authorization: `Bearer ${KEY}`,
    });
    expect(JSON.stringify(receiver.received)).not.toContain("hello there");
  });

  test("R09: an outage, a refused connection, a cut answer and a kill -9 lose no event, and bill none twice", async () => {
    receiver.answer = 503;
    const ids = await call(5);
    receiver.answer = null;
    ids.push(...(await call(5)));
    await expect.poll(() => receiver.received.length, waits).toBeGreaterThan(0);
    await receiver.stop();
    ids.push(...(await call(5)));
    const ready = async () =>
      (await (await fetch(`${gateway.url}/readyz`)).json()) as { checks: { usage: string } };
    await expect.poll(async () => (await ready()).checks.usage, waits).toBe("degraded");
    // Longer than records wait to be written: what is lost by a kill is what is younger.
    await new Promise((wake) => setTimeout(wake, 1_000));
    process.kill(gateway.pid, "SIGKILL");
    await gateway.stop();
    receiver.answer = 204;
    await receiver.start();
    gateway = await start();
    await expect.poll(() => receiver.distinct.length, waits).toBe(15);
    expect(receiver.distinct.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(gateway.output()).not.toContain(KEY);
  });

  test("R09: an event that is refused for itself does not stop those behind it", async () => {
    let poison = "";
    receiver.answer = (events) => {
      poison ||= events[0]?.id ?? "";
      return events.some(({ id }) => id === poison) ? 400 : 204;
    };
    const ids = await call(10);
    await expect.poll(() => receiver.distinct.length, waits).toBe(9);
    expect(receiver.distinct.map(({ id }) => id).sort()).toEqual(ids.filter((id) => id !== poison).sort());
    await expect.poll(() => gateway.output(), waits).toContain("refused a usage event");
  });
});
