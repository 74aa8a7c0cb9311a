import { parseArgs } from "node:util";

export interface DemoOptions {
  /** Leave everything running after the story, and print what to paste. */
  readonly serve: boolean;
  /** A real engine instead of the demo engine. */
  readonly engine: URL | undefined;
  readonly model: string;
}

export const USAGE = `npm run demo -- [--serve] [--engine http://localhost:11434] [--model llama3.2]

  --serve   leaves it all running afterwards and prints what to paste
  --engine  tells the story on a real Ollama instead of the demo engine
  --model   a model that the engine has`;

/** @throws Error for arguments that make no sense */
export function readOptions(argv: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    // pnpm hands over a `--` of its own.
    args: argv.filter((argument) => argument !== "--"),
    options: {
      serve: { type: "boolean", default: false },
      engine: { type: "string" },
      model: { type: "string", default: "llama3.2" },
    },
  });
  const { serve, engine, model } = values;
  return { serve, model, engine: engine === undefined ? undefined : readEngine(engine) };
}

function readEngine(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== "/") {
    throw new Error(`--engine is the address of an engine, such as http://localhost:11434, not ${text}`);
  }
  return url;
}
