import { once } from "node:events";
import { createServer } from "node:net";
import type { Config } from "../../config/config.ts";
import { isJsonObject } from "../../core/strict-json.ts";
import { nextFreePort } from "../free-port.ts";
import type { Send } from "../send.ts";
import { type Finding, fail, good } from "./finding.ts";

/** Can the gateway listen where it is to, or does it already? */
export async function checkPort(
  { server: { host, port, publicUrl } }: Config,
  send: Send,
): Promise<readonly Finding[]> {
  const name = "port";
  if (port === 0) return [good(name, "any free one")];
  const code = await tryListen(host, port);
  if (code === undefined) return [good(name, `${port} on ${host} is free`)];
  if (code === "EADDRINUSE") {
    if (await isOurs(host, port, { publicUrl, send }))
      return [good(name, `${port} on ${host}: this gateway listens there now`)];
    const free = await nextFreePort(host, port).catch(() => undefined);
    return [
      fail(
        name,
        `${port} on ${host} is taken by another program`,
        `stop that one, or --port ${free ?? "<port>"} (PORT)`,
      ),
    ];
  }
  if (code === "EACCES")
    return [fail(name, `${port} is for the administrator`, "take one above 1023, such as --port 8080")];
  return [fail(name, `this machine cannot listen on ${host} (${code})`, "name one of its addresses: HOST")];
}

async function tryListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer().listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "error";
  }
  server.close();
  await once(server, "close");
  return undefined;
}

/** Known by what only it says: that it issues tokens under this configuration's name. */
async function isOurs(
  host: string,
  port: number,
  { publicUrl, send }: { readonly publicUrl: string; readonly send: Send },
): Promise<boolean> {
  const place =
    host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host;
  const answer = await send(`http://${place}:${port}/.well-known/oauth-authorization-server`);
  const body = answer.ok ? answer.value.body : undefined;
  return isJsonObject(body) && body["issuer"] === publicUrl;
}
