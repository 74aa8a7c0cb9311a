import { AttachError } from "./errors.ts";

/** Most bytes of an answer of the authority, or of an error, that are read. */
const MAX_BODY = 64 * 1024;

/**
 * The body as text, at most 64 KiB: what a server may make us hold is bounded.
 * @throws AttachError `invalid_response` for a longer one, after hanging up on it; whatever the stream throws
 */
export async function readText(response: Response): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > MAX_BODY) {
      await reader.cancel().catch(() => undefined);
      throw new AttachError("invalid_response", `the answer is longer than ${MAX_BODY} bytes`, {
        status: response.status,
      });
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** A JSON object's own members, or `undefined` for any other text. */
export function parseObject(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    return toMembers(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Own members as a map: no look-up by name can reach a prototype. */
export function toMembers(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value));
}
