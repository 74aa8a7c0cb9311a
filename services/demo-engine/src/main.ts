import { parseArgs } from "node:util";
import { startDemoEngine } from "./index.ts";

const USAGE = "node main.ts [--port 11434] [--model llama3.2]... [--pace 20]";

/** Runs the engine alone, until a signal. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "11434" },
      model: { type: "string", multiple: true, default: ["llama3.2"] },
      pace: { type: "string", default: "20" },
    },
  });
  const [port, pace] = [Number(values.port), Number(values.pace)];
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`not a port: ${values.port}`);
  if (!(pace >= 0)) throw new RangeError(`not a pace in milliseconds: ${values.pace}`);
  const log = (line: string) => console.log(line);
  const { url, close } = await startDemoEngine({ port, models: values.model, pace, log });
  console.log(`demo engine at ${url} (models ${values.model.join(", ")}; canned answers)`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void close());
}

main().catch((error: Error) => {
  console.error(`${error.message}\nusage: ${USAGE}`);
  process.exitCode = 2;
});
