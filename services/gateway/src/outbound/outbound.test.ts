import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createOutbound } from "./outbound.ts";

let server: Server;
let port: number;
let asked: string[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.host} ${request.url}`);
    response.setHeader("x-kind", "test");
    request.resume().on("end", () => response.end("hello"));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const refused = { ok: false, reason: expect.stringContaining("not a public one") };

describe("S18: the outbound door", () => {
  test("opens for an allowed host only", async () => {
    const open = createOutbound({ allowedHosts: ["127.0.0.1"] });
    const answer = await open.send({ url: `http://127.0.0.1:${port}/a?b=c` });
    expect(answer).toMatchObject({ ok: true, value: { status: 200, body: Buffer.from("hello") } });
    expect(answer.ok && answer.value.headers.get("x-kind")).toBe("test");
    open.close();
    const shut = createOutbound();
    expect(await shut.send({ url: `http://127.0.0.1:${port}/` })).toMatchObject(refused);
    shut.close();
    expect(asked).toEqual([`GET 127.0.0.1:${port} /a?b=c`]);
  });

  test("stays shut for every spelling of this machine and its network", async () => {
    const outbound = createOutbound();
    for (const host of [
      "localhost",
      "LOCALHOST",
      "127.1",
      "2130706433",
      "0x7f000001",
      "0177.0.0.1",
      "0",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
      "[64:ff9b::7f00:1]",
      "[fe80::1]",
      "169.254.169.254",
      "10.0.0.1",
    ]) {
      expect(await outbound.send({ url: `http://${host}:${port}/` }), host).toMatchObject(refused);
    }
    outbound.close();
    expect(asked).toEqual([]);
  });

  test("an allowed host does not allow another at the same address", async () => {
    const outbound = createOutbound({
      allowedHosts: ["idp.test"],
      resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    });
    expect(await outbound.send({ url: `http://idp.test:${port}/` })).toMatchObject({ ok: true });
    expect(await outbound.send({ url: `http://other.test:${port}/` })).toMatchObject(refused);
    expect(await outbound.send({ url: `http://127.0.0.1:${port}/` })).toMatchObject(refused);
    outbound.close();
    expect(asked).toEqual([`GET idp.test:${port} /`]);
  });

  test("one private address among public ones shuts it", async () => {
    const outbound = createOutbound({
      resolve: async () => [
        { address: "1.1.1.1", family: 4 },
        { address: "::ffff:127.0.0.1", family: 6 },
      ],
    });
    expect(await outbound.send({ url: `http://mixed.test:${port}/` })).toMatchObject(refused);
    outbound.close();
  });

  test("a name is resolved once a connection, and the socket goes to the address that was judged", async () => {
    let lookups = 0;
    const outbound = createOutbound({
      allowedHosts: ["idp.test"],
      // A second answer would lead elsewhere.
      resolve: async () => [{ address: lookups++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }],
    });
    expect(await outbound.send({ url: `http://idp.test:${port}/` })).toMatchObject({ ok: true });
    expect(lookups).toBe(1);
    outbound.close();
  });

  test("posts what it is given, and nothing to addresses of other kinds or with credentials", async () => {
    const outbound = createOutbound({ allowedHosts: ["127.0.0.1"] });
    expect(
      await outbound.send({ url: `http://127.0.0.1:${port}/hook`, method: "POST", body: "{}" }),
    ).toMatchObject({ ok: true });
    for (const url of [`http://a:b@127.0.0.1:${port}/`, "file:///etc/passwd", "ftp://127.0.0.1/", "no url"]) {
      expect(await outbound.send({ url })).toMatchObject({ ok: false });
    }
    outbound.close();
    expect(asked).toEqual([`POST 127.0.0.1:${port} /hook`]);
  });
});
