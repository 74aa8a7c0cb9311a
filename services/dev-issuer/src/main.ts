#!/usr/bin/env node
import { parseArgs } from "node:util";
import { DEV_CLIENT_ID, DEV_USERS, logIn, startDevIssuer } from "./index.ts";
import { authority } from "./loopback.ts";

const USAGE = `attach-dev-issuer [--port 4000] [--host 127.0.0.1] [--audience http://localhost:8080]
       attach-dev-issuer log-in alice|bob [--port 4000] [--host 127.0.0.1] [--audience http://localhost:8080]`;

interface Settings {
  readonly port: number;
  readonly host?: string;
  readonly audience?: string;
}

/** Runs the issuer alone, until a signal; or signs a user in at one that runs, and prints the access token alone. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { port: { type: "string" }, host: { type: "string" }, audience: { type: "string" } },
    allowPositionals: true,
  });
  const port = Number(values.port ?? "4000");
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`not a port: ${values.port}`);
  const settings: Settings = {
    port,
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.audience === undefined ? {} : { audience: values.audience }),
  };
  const [verb, user, ...rest] = positionals;
  if (verb === undefined) return serve(settings);
  if (verb !== "log-in" || rest.length > 0 || !DEV_USERS.some(({ id }) => id === user))
    throw new RangeError(`not understood: ${positionals.join(" ")}`);
  await printToken(user as string, settings);
}

async function serve(settings: Settings): Promise<void> {
  const { issuer, close } = await startDevIssuer({ ...settings, log: (line) => console.error(line) });
  console.log(
    `dev issuer at ${issuer} (client ${DEV_CLIENT_ID}, users ${DEV_USERS.map((u) => u.id).join(", ")})`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void close());
}

async function printToken(user: string, { port, host = "127.0.0.1", audience }: Settings): Promise<void> {
  const issuer = `http://${authority(host, port)}`;
  const { accessToken } = await logIn({ issuer, user, ...(audience === undefined ? {} : { audience }) });
  console.log(accessToken);
}

main().catch((error: Error) => {
  console.error(`${error.message}\nusage: ${USAGE}`);
  process.exitCode = 2;
});
