import { type RecordedRequest, startDemoEngine } from "@attach-dev/demo-engine";
import type { DemoOptions } from "./options.ts";
import { startRecorder } from "./recorder.ts";

export interface Engine {
  /** What the gateway is pointed at. */
  readonly url: string;
  /** What reached the engine, oldest first. */
  readonly requests: readonly RecordedRequest[];
  readonly description: string;
  close(): Promise<void>;
}

/** Milliseconds between two tokens of the demo engine: enough to see that a stream streams. */
const PACE = 15;

/** @throws Error when the engine that was named is not there, or has no such model */
export async function startEngine({ engine, model }: DemoOptions): Promise<Engine> {
  if (engine === undefined) {
    const demo = await startDemoEngine({ models: [model], pace: PACE });
    return { ...demo, description: "canned answers, the exact protocol of Ollama and OpenAI" };
  }
  await checkModel(engine, model);
  const recorder = await startRecorder(engine);
  return { ...recorder, description: `passes everything on to ${engine.origin}, and remembers the headers` };
}

async function checkModel(engine: URL, model: string): Promise<void> {
  const answer = await fetch(new URL("/api/tags", engine)).catch(() => undefined);
  if (answer?.ok !== true)
    throw new Error(`no Ollama answers at ${engine.origin}; start it with: ollama serve`);
  const { models } = (await answer.json()) as { models: { name: string }[] };
  const names = models.map(({ name }) => name);
  if (!names.includes(model) && !names.includes(`${model}:latest`)) {
    throw new Error(
      `${engine.origin} has no model ${model}, only: ${names.join(", ") || "none"}. Try: ollama pull ${model}, or --model`,
    );
  }
}
