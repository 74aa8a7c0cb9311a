import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createAddressGuard } from "../../services/gateway/src/outbound/guard.ts";
import { createPeers } from "../../services/gateway/src/proxy/peers.ts";

/** A server of this machine, asked as an agent by a name, with what goes to agents. */
async function ask(allowed: readonly string[]) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.end("{}");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
  const peers = createPeers({ guard: createAddressGuard(allowed, resolve) });
  const url = new URL(`http://agent.example:${(server.address() as AddressInfo).port}/`);
  const headers = ["authorization", "Bearer made-out-to-the-agent"];
  const request = { url, method: "POST", headers, body: null, signal: AbortSignal.timeout(5_000) };
  try {
    const { status, body } = await peers.send(request);
    body.resume();
    return { status, asked };
  } catch (error) {
    return { cause: String((error as Error).cause), asked };
  } finally {
    await peers.close();
    server.closeAllConnections();
    server.close();
  }
}

test("S18: a token made out to an agent goes over plain http only where the operator has named the host", async () => {
  expect(await ask([])).toEqual({ cause: expect.stringContaining("plain http"), asked: [] });
  expect(await ask(["agent.example"])).toEqual({ status: 200, asked: ["Bearer made-out-to-the-agent"] });
});
