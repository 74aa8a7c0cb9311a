import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Call } from "./call.ts";

/**
 * Sends a stream line by line: waits while the caller is slow to read, keeps the pace, and stops at once when the caller
 * hangs up, as a real engine stops generating.
 * @param lines what to send, with their line ends
 */
export async function sendStream(
  call: Call,
  contentType: string,
  lines: Iterable<{ readonly text: string; readonly token: boolean }>,
): Promise<void> {
  const { response, hungUp, pace } = call;
  response.writeHead(200, { "Content-Type": contentType, "Cache-Control": "no-cache" });
  try {
    for (const line of lines) {
      if (hungUp.aborted) return;
      if (!response.write(line.text)) await once(response, "drain", { signal: hungUp });
      if (line.token && pace > 0) await sleep(pace, undefined, { signal: hungUp });
    }
  } catch (error) {
    if (hungUp.aborted) return;
    throw error;
  }
  response.end();
}
