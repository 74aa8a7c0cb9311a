import { parseArgs } from "node:util";
import { DEV_CLIENT_ID, DEV_USERS, startDevIssuer } from "./index.ts";

const USAGE = `node main.ts [--port 4000] [--host 127.0.0.1] [--audience http://localhost:8080]`;

/** Runs the issuer alone, until a signal. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: "string" }, host: { type: "string" }, audience: { type: "string" } },
  });
  const port = Number(values.port ?? "4000");
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`not a port: ${values.port}`);
  const { issuer, close } = await startDevIssuer({
    port,
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.audience === undefined ? {} : { audience: values.audience }),
    log: (line) => console.error(line),
  });
  console.log(
    `dev issuer at ${issuer} (client ${DEV_CLIENT_ID}, users ${DEV_USERS.map((u) => u.id).join(", ")})`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void close());
}

main().catch((error: Error) => {
  console.error(`${error.message}\nusage: ${USAGE}`);
  process.exitCode = 2;
});
