import fc from "fast-check";
import { expect, test } from "vitest";
import { writeRequestHead } from "./request-head.ts";
import { answers } from "./testing/answers.ts";
import { readByLlhttp, requestsByLlhttp } from "./testing/llhttp.ts";
import { readWhole } from "./testing/read-whole.ts";
import { requests } from "./testing/requests.ts";
import { readByUndici } from "./testing/undici.ts";

/** The nightly profile asks for ten millions (`ATTACH_FUZZ_RUNS`); every other run tries a few. */
const RUNS = Number(process.env["ATTACH_FUZZ_RUNS"] || 4_000);
const PATIENCE_MS = 30_000 + RUNS * 5;

test(
  "S15: what our reader takes for a whole response, llhttp and undici take for the same one, byte for byte",
  async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        answers,
        fc.array(fc.nat(200), { maxLength: 6 }),
        fc.boolean(),
        async (text, cuts, bodiless) => {
          const ours = readWhole(cut(text, cuts), { bodiless });
          if (ours.progress !== "end" || ours.surplus) return;
          taken += 1;
          const { status, reason, lines, body, trailers } = ours;
          const theirs = readByLlhttp(text, { bodiless });
          expect(theirs).toEqual({ status, reason, lines, body, trailers, keep: theirs?.keep });
          // Closing where llhttp would go on is a refusal; the reverse would be a disagreement.
          if (ours.keep) expect(theirs?.keep).toBe(true);
          // undici takes no `100 Continue` that it has not asked for; a client must (RFC 9110 §15.2), and llhttp does.
          if (ours.interim.includes(100)) return;
          // undici reads a reason as UTF-8; a client is only shown one in ASCII.
          const phrase = Buffer.from(reason, "latin1").toString("utf8");
          expect(await readByUndici(text, { bodiless })).toEqual({
            status,
            reason: phrase,
            lines,
            body,
            trailers,
          });
        },
      ),
      { numRuns: RUNS },
    );
    // It must not pass by refusing everything.
    expect(taken).toBeGreaterThan(RUNS / 20);
  },
  PATIENCE_MS,
);

test(
  "S15: what we write is one request to llhttp, with the lines and the body that were meant",
  () => {
    let written = 0;
    fc.assert(
      fc.property(requests, ({ method, path, headers, body }) => {
        const bytes = body === null ? null : Buffer.from(body);
        const head = writeRequestHead({ method, path, host: "e:1", headers, length: bytes?.length ?? null });
        if (head === undefined) return;
        written += 1;
        const framing = bytes !== null ? [String(bytes.length)] : /^P/.test(method) ? ["0"] : [];
        const lines = ["host", "e:1", "connection", "keep-alive", ...headers.map(trimEnd)];
        expect(requestsByLlhttp(head + (bytes?.toString("latin1") ?? ""))).toEqual([
          {
            method,
            target: path,
            lines: [...lines, ...framing.flatMap((length) => ["content-length", length])],
            body: bytes?.toString("latin1") ?? "",
          },
        ]);
      }),
      { numRuns: RUNS },
    );
    expect(written).toBeGreaterThan(RUNS / 20);
  },
  PATIENCE_MS,
);

/** Space around a value is no part of it (RFC 9110 §5.5). */
const trimEnd = (part: string): string => part.replace(/^[\t ]+|[\t ]+$/g, "");

function cut(text: string, cuts: readonly number[]): string[] {
  const at = [0, ...cuts.map((one) => one % (text.length + 1)).sort((a, b) => a - b), text.length];
  return at.slice(1).map((end, i) => text.slice(at[i], end));
}
