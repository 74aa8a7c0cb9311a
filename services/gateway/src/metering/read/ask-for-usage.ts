/** Paths whose streams say their usage only when they are asked. */
const ASKED = new Set(["/v1/chat/completions", "/v1/completions"]);

/**
 * Asks an OpenAI stream for its usage: the body with `stream_options.include_usage`, every other byte as it was. `undefined` where
 * nothing has to be asked, or where the caller has said something about it already.
 * @param path as it is matched
 */
export function askForUsage(path: string, body: Buffer): Buffer | undefined {
  if (!ASKED.has(path)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { stream, stream_options: options } = value as Readonly<Record<string, unknown>>;
  if (stream !== true || options !== undefined) return undefined;
  const close = body.lastIndexOf(0x7d);
  return Buffer.concat([body.subarray(0, close), ASK, body.subarray(close)]);
}

const ASK = Buffer.from(',"stream_options":{"include_usage":true}');
