/**
 * Searches by words among a million remembered events, and how fast records become such: `node test/bench/programs/memory-search.ts
 * [events]`. On a store of its own, without HTTP: what is measured is the store's thread.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uuidv7 } from "../../../services/gateway/src/core/ids.ts";
import type { MemoryEvent } from "../../../services/gateway/src/core/ports/memory.ts";
import { openStore } from "../../../services/gateway/src/store/open.ts";

const EVENTS = Number(process.argv[2] ?? 1_000_000);
const BATCH = 500;
const START = 1_790_000_000_000;
const HEAVY = { iss: "https://idp.example", sub: "heavy", tenant: null };

// Words by a power law, as language has them: a few are in nearly every text, most in hardly any.
const word = (random: number): string => `w${Math.floor(30_000 ** random)}`;
const text = (): string => Array.from({ length: 40 }, () => word(Math.random())).join(" ");

const folder = mkdtempSync(join(tmpdir(), "attach-bench-memory-"));
const store = await openStore(`sqlite:${join(folder, "attach.db")}`);
try {
  const began = performance.now();
  for (let at = 0; at < EVENTS; at += BATCH) {
    const events = Array.from({ length: BATCH }, (_, index): MemoryEvent => {
      const created = START + at + index;
      // A tenth of them one user's, as much as is kept of one unless it is said otherwise; the others of a thousand.
      const owner = index % 10 === 0 ? HEAVY : { ...HEAVY, sub: `user-${(at + index) % 1_000}` };
      const none = {
        meta: null,
        task: null,
        requestId: null,
        bodyHash: null,
        inputTokens: null,
        outputTokens: null,
      };
      const by = { chain: [`agent-${index % 5}`], session: "s", root: `root-${at % 50_000}`, model: "m" };
      return {
        id: uuidv7(created),
        owner,
        created,
        kind: "prompt",
        text: text(),
        source: "mirror",
        ...none,
        ...by,
      };
    });
    await store.memory.add(events);
  }
  const written = performance.now() - began;
  const megabytes = statSync(join(folder, "attach.db")).size / 1e6;
  process.stdout.write(
    `${EVENTS} events in ${(written / 1000).toFixed(0)} s: ${((EVENTS / written) * 1000).toFixed(0)}/s, ${megabytes.toFixed(0)} MB\n`,
  );

  const owners = { "a user of 100,000 events": HEAVY, "a user of 1,000": { ...HEAVY, sub: "user-77" } };
  const questions: Readonly<Record<string, () => string>> = {
    "a common word": () => "w1",
    "two common words": () => "w2 w3",
    "a rare word": () => `w${20_000 + Math.floor(Math.random() * 9_000)}`,
    "three words of any kind": () => [0, 0, 0].map(() => word(Math.random())).join(" "),
    "eight words of any kind": () => [0, 0, 0, 0, 0, 0, 0, 0].map(() => word(Math.random())).join(" "),
  };
  for (const [whose, owner] of Object.entries(owners)) {
    for (const within of [
      null,
      [
        { agent: "agent-3", root: null },
        { agent: null, root: "root-500" },
      ] as const,
    ]) {
      for (const [kind, words] of Object.entries(questions)) {
        const times: number[] = [];
        for (let round = 0; round < 100; round++) {
          const asked = performance.now();
          await store.memory.list({ view: { owner, within }, words: words(), cursor: null, limit: 50 });
          times.push(performance.now() - asked);
        }
        times.sort((a, b) => a - b);
        const [p50 = 0, p95 = 0] = [times[50], times[95]];
        const who = `${whose}${within === null ? "" : ", as an agent sees it"}`;
        process.stdout.write(`${who}: ${kind}: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms\n`);
      }
    }
  }
} finally {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}
