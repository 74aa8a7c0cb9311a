import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createOutbound } from "../../../../../test/support/identity/outbound.ts";
import type { Outbound } from "../../core/ports/outbound.ts";
import { createJsonFetcher, type FetchJson } from "./fetch-json.ts";

let server: Server;
let url: string;
let answer: RequestListener;
let asked: string[];
let outbound: Outbound;
let fetchJson: FetchJson;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/doc`;
  outbound = createOutbound({ maxBytes: 1000, timeoutMs: 300, allowedHosts: ["127.0.0.1"] });
  fetchJson = createJsonFetcher(outbound);
});

afterEach(async () => {
  outbound.close();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const fetched = () => fetchJson(url);
const refusal = (words: string) => ({ ok: false, reason: expect.stringContaining(words) });

describe("the fetcher", () => {
  test("fetches JSON, asking for it plainly and without credentials", async () => {
    let headers: object = {};
    answer = (request, response) => {
      headers = request.headers;
      response.end('{"a":1}');
    };
    expect(await fetched()).toEqual({ ok: true, value: { a: 1 } });
    expect(headers).toMatchObject({ accept: "application/json", "accept-encoding": "identity" });
    expect(headers).not.toHaveProperty("authorization");
  });

  test.each([301, 302, 303, 307, 308])("does not follow a redirect (%d)", async (status) => {
    answer = (_request, response) => response.writeHead(status, { location: "/elsewhere" }).end();
    expect(await fetched()).toMatchObject(refusal("redirect"));
    expect(asked).toEqual(["/doc"]);
  });

  test.each([204, 206, 404, 500])("refuses status %d", async (status) => {
    answer = (_request, response) => response.writeHead(status).end();
    expect(await fetched()).toMatchObject(refusal(`${status}`));
  });

  test("refuses an answer that announces too much", async () => {
    answer = (_request, response) => response.end(JSON.stringify("x".repeat(2000)));
    expect(await fetched()).toMatchObject(refusal("larger than 1000 bytes"));
  });

  test("refuses an answer that never ends, and hangs up on it", async () => {
    let hungUp: Promise<unknown> = Promise.resolve();
    answer = (_request, response) => {
      hungUp = once(response, "close");
      const timer = setInterval(() => response.write("x".repeat(400)), 5);
      response.on("close", () => clearInterval(timer));
    };
    expect(await fetched()).toMatchObject(refusal("larger than 1000 bytes"));
    await hungUp;
  });

  test("refuses an answer that is too slow to begin, or to finish", async () => {
    answer = () => {};
    expect(await fetched()).toMatchObject(refusal("within 300 ms"));
    answer = (_request, response) => void response.write('{"a":');
    expect(await fetched()).toMatchObject(refusal("within 300 ms"));
  });

  test("refuses a compressed answer: a small one could unfold", async () => {
    answer = (_request, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync('{"a":1}'));
    expect(await fetched()).toMatchObject(refusal("gzip"));
  });

  test.each(["", "<html>", '{"a":1,"a":2}', "[".repeat(100)])(
    "refuses %j: not well-formed JSON",
    async (body) => {
      answer = (_request, response) => response.end(body);
      expect(await fetched()).toMatchObject(refusal("JSON"));
    },
  );

  test("says when nobody answers, or the connection breaks", async () => {
    answer = (request) => request.socket.destroy();
    expect(await fetched()).toMatchObject(refusal("could not be fetched"));
    expect(await fetchJson("http://127.0.0.1:1/")).toMatchObject(refusal("ECONNREFUSED"));
    expect(await fetchJson("not a url")).toMatchObject(refusal("could not be fetched"));
  });

  test("fetches nothing once closed", async () => {
    outbound.close();
    expect(await fetched()).toMatchObject({ ok: false });
    expect(asked).toEqual([]);
  });
});
