import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { openAt } from "./check-engine.ts";

// 127.0.0.2 stands for another interface: a server bound to 127.0.0.1 does not listen there, one bound to everything does.
test.runIf(process.platform === "linux").each([
  ["127.0.0.1", []],
  ["0.0.0.0", ["127.0.0.2"]],
])("sees where an engine bound to %s is reached past the gateway", async (host, expected) => {
  const server = createServer((socket) => socket.end()).listen(0, host);
  await once(server, "listening");
  try {
    expect(await openAt(["127.0.0.2"], (server.address() as AddressInfo).port)).toEqual(expected);
  } finally {
    server.close();
  }
});
