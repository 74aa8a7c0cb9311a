import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type Collector, createCollector, type Uncollected } from "./collect-body.ts";

const KiB = 1024;
const LIMITS = { maxBytes: 300 * KiB, maxHeld: 500 * KiB, maxHeldByOne: 300 * KiB, withinMs: 60_000 };
const alice = { iss: "https://idp", sub: "alice" };
const bob = { iss: "https://idp", sub: "bob" };

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A request of so many bytes of body, as a server gets it. */
async function request(
  declared: number,
  sent = declared,
): Promise<{ incoming: IncomingMessage; client: Socket }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => {});
  open.push(
    () => client.destroy(),
    () => server.close(),
  );
  client.write(`POST / HTTP/1.1\r\nHost: g\r\nContent-Length: ${declared}\r\n\r\n${"x".repeat(sent)}`);
  const [incoming] = (await once(server, "request")) as [IncomingMessage];
  return { incoming, client };
}

async function collect(
  collector: Collector,
  owner: typeof alice,
  bytes: number,
): Promise<Buffer | Uncollected> {
  const { incoming } = await request(bytes);
  return new Promise((done) => void collector.collect({ incoming, declared: bytes, owner }, done));
}

test("gathers a body whole, in one piece or many", async () => {
  const collector = createCollector(LIMITS);
  expect((await collect(collector, alice, 10)).length).toBe(10);
  expect((await collect(collector, alice, 200 * KiB)).length).toBe(200 * KiB);
});

test("holds no more for one owner than is his, and leaves room for the others", async () => {
  const collector = createCollector(LIMITS);
  const first = await collect(collector, alice, 200 * KiB);
  expect(await collect(collector, alice, 200 * KiB)).toBe("no room");
  expect(Buffer.isBuffer(await collect(collector, alice, 10))).toBe(true);
  expect(Buffer.isBuffer(await collect(collector, bob, 200 * KiB))).toBe(true);
  if (Buffer.isBuffer(first)) collector.release(alice, first);
  expect(Buffer.isBuffer(await collect(collector, alice, 200 * KiB))).toBe(true);
});

test("gives back what it held for a client that goes away, and puts back what is too large", async () => {
  const collector = createCollector(LIMITS);
  for (let n = 0; n < 3; n++) {
    const { incoming, client } = await request(290 * KiB, 280 * KiB);
    const outcome = new Promise(
      (done) => void collector.collect({ incoming, declared: 290 * KiB, owner: alice }, done),
    );
    setTimeout(() => client.destroy(), 20);
    expect(await outcome).toBe("gone");
  }
  const { incoming } = await request(400 * KiB);
  const outcome = new Promise(
    (done) => void collector.collect({ incoming, declared: 400 * KiB, owner: bob }, done),
  );
  expect(await outcome).toBe("too large");
  let bytes = 0;
  for await (const piece of incoming) bytes += (piece as Buffer).length;
  expect(bytes).toBe(400 * KiB);
});

test("bodies of which a part is missing count from their first byte", async () => {
  const collector = createCollector({ ...LIMITS, maxHeldByOne: 50 * KiB });
  const waiting: string[] = [];
  for (let i = 0; i < 4; i++) {
    const { incoming } = await request(30 * KiB, 20 * KiB);
    await new Promise((turn) => setImmediate(turn));
    collector.collect({ incoming, declared: 30 * KiB, owner: alice }, (body) => {
      if (typeof body === "string") waiting.push(body);
    });
    await new Promise((turn) => setTimeout(turn, 20));
  }
  expect(waiting).toEqual(["no room", "no room"]);
  expect(Buffer.isBuffer(await collect(collector, bob, 30 * KiB))).toBe(true);
});
