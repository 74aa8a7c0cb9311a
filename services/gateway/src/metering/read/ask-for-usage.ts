import type { ReadBody } from "../../core/ports/relayed-call.ts";

/** Paths whose streams say their usage only when they are asked. */
const ASKED = new Set(["/v1/chat/completions", "/chat/completions", "/v1/completions", "/completions"]);

const ASK = Buffer.from(',"stream_options":{"include_usage":true}');

/**
 * Asks an OpenAI stream for its usage: the body with `stream_options.include_usage`, every other byte as it was. `undefined` where
 * nothing has to be asked, or where the caller has said something about it already.
 * @param path as it is matched
 */
export function askForUsage(path: string, { body, json, stream }: ReadBody): Buffer | undefined {
  if (stream !== true || body === null || json === null || !ASKED.has(path)) return undefined;
  if (json["stream_options"] !== undefined) return undefined;
  const close = body.lastIndexOf(0x7d);
  return Buffer.concat([body.subarray(0, close), ASK, body.subarray(close)]);
}
