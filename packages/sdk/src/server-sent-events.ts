import { AttachError } from "./errors.ts";

/** Largest event: as large as the largest result, in characters. */
const MAX_EVENT = 32 * 1024 * 1024;

/**
 * The data of each event of a `text/event-stream`, as it comes.
 * @throws AttachError `invalid_response` for an answer that is none, or an event without end; `network_error` where it breaks off
 * @see [HTML §9.2](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)
 */
export async function* readEvents(response: Response): AsyncGenerator<string> {
  const { body, status } = response;
  if (!/^text\/event-stream\b/i.test(response.headers.get("Content-Type") ?? "") || body === null) {
    await body?.cancel();
    throw new AttachError("invalid_response", "the answer is not a stream of events", { status });
  }
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await read(reader);
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      const events = rest.split(/\r\n\r\n|\n\n|\r\r/);
      rest = events.pop() ?? "";
      if (rest.length > MAX_EVENT)
        throw new AttachError("invalid_response", "an event of the stream has no end", { status });
      for (const event of events) {
        const data = dataOf(event);
        if (data !== undefined) yield data;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new AttachError("network_error", "the connection was lost", { cause });
  }
}

function dataOf(event: string): string | undefined {
  const lines = event.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data:"));
  return lines.length === 0 ? undefined : lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
}
