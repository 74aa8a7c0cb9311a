import { createHash } from "node:crypto";
import { type Call, readBody, sendJson } from "../call.ts";
import { Refusal } from "../refusal.ts";
import { modelOf } from "./generate.ts";

const VERSION = "0.13.5-demo";
const MODIFIED = "2026-01-01T00:00:00Z";

const DETAILS = {
  parent_model: "",
  format: "gguf",
  family: "demo",
  families: ["demo"],
  parameter_size: "1K",
  quantization_level: "F32",
} as const;

/** `GET /` */
export function alive(call: Call): void {
  call.response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" });
  call.response.end("Ollama is running");
}

/** `GET /api/version` */
export function version(call: Call): void {
  sendJson(call.response, 200, { version: VERSION });
}

/** `GET /api/tags` */
export function tags(call: Call): void {
  sendJson(call.response, 200, { models: call.models.map(entry) });
}

/** `GET /api/ps` */
export function running(call: Call): void {
  sendJson(call.response, 200, { models: [] });
}

/** `POST /api/show` */
export async function show(call: Call): Promise<void> {
  const body = await readBody(call);
  const model = modelOf(body, call.models, new Refusal(400, "model is required"));
  sendJson(call.response, 200, {
    modelfile: `FROM ${model}\n`,
    parameters: "",
    template: "{{ .Prompt }}",
    details: DETAILS,
    model_info: { "general.architecture": "demo", "general.parameter_count": 1000 },
    capabilities: ["completion"],
    modified_at: MODIFIED,
  });
}

function entry(model: string) {
  const name = model.includes(":") ? model : `${model}:latest`;
  return {
    name,
    model: name,
    modified_at: MODIFIED,
    size: 1000,
    digest: createHash("sha256").update(name).digest("hex"),
    details: DETAILS,
  };
}
