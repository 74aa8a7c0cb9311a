import { type Call, sendJson } from "../call.ts";
import { assertModel } from "./request.ts";

/** `GET /v1/models` */
export function listModels(call: Call): void {
  sendJson(call.response, 200, { object: "list", data: call.models.map(entry) });
}

/** `GET /v1/models/{model}` */
export function getModel(call: Call): void {
  const model = decode(call.rest);
  assertModel(call.models, model);
  sendJson(call.response, 200, entry(model));
}

/** A name with a broken escape is no model's name. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function entry(model: string) {
  return { id: model, object: "model", created: 1_767_225_600, owned_by: "demo" };
}
