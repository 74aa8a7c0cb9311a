import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../services/gateway/src/core/clock.ts";
import { openStore } from "../../services/gateway/src/store/open.ts";
import { createRemoteMemory } from "../../services/gateway/src/store/remote/remote-memory.ts";
import { createWeaviate } from "../../services/gateway/src/store/weaviate/weaviate.ts";
import { type MemoryDriver, memoryContract } from "../support/memory/contract.ts";
import { ALICE, allOf, aMemory } from "../support/memory/events.ts";
import { startWeaviate, type Weaviate, withoutWeaviate } from "../support/weaviate.ts";

const missing = withoutWeaviate();
const API_KEY = "the-key-of-these-tests";
const log = { warn() {}, error() {} };
let anonymous: Weaviate;
let guarded: Weaviate;

interface Opened extends MemoryDriver {
  readonly outboxed: ReturnType<typeof createRemoteMemory>;
  readonly store: Awaited<ReturnType<typeof openStore>>;
}

/** A backend that holds nothing: the collection of the test before is dropped. */
async function open(
  weaviate: Weaviate,
  { apiKey, moves }: { apiKey?: string; moves: boolean },
): Promise<Opened> {
  await fetch(`${weaviate.url}/v1/schema/MemoryEvent`, {
    method: "DELETE",
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
  });
  const store = await openStore("sqlite::memory:");
  const remote = createWeaviate({ ...weaviate, apiKey, vector: null, embedder: null, log });
  const outboxed = createRemoteMemory({ outbox: store.outbox, remote, clock: systemClock, log });
  const memory = moves
    ? {
        ...outboxed,
        async add(events: Parameters<typeof outboxed.add>[0]) {
          await outboxed.add(events);
          await outboxed.move();
          expect((await store.outbox.state()).waiting).toBe(0);
        },
      }
    : { ...outboxed, add: store.outbox.add };
  return {
    memory,
    outboxed,
    store,
    async dispose() {
      await outboxed.close();
      await store.close();
    },
  };
}

describe.skipIf(missing)(`memory in a real Weaviate${missing ? ` (${missing})` : ""}`, () => {
  beforeAll(async () => {
    anonymous = await startWeaviate();
    guarded = await startWeaviate({ apiKey: API_KEY });
  }, 120_000);
  afterAll(async () => {
    await anonymous?.stop();
    await guarded?.stop();
  });

  memoryContract("M02: Weaviate, anonymous, when events have arrived,", () =>
    open(anonymous, { moves: true }),
  );
  memoryContract("M02: Weaviate with an API key, when events have arrived,", () =>
    open(guarded, { apiKey: API_KEY, moves: true }),
  );
  memoryContract("M07: Weaviate while events wait for it", () => open(anonymous, { moves: false }));

  test("a wrong API key loses nothing: events wait, and can be read meanwhile", async () => {
    const { outboxed, store, dispose } = await open(guarded, { apiKey: randomUUID(), moves: false });
    const event = aMemory("said with a wrong key");
    await outboxed.add([event]);
    await outboxed.move();
    expect(await outboxed.check()).toBe(false);
    expect(await outboxed.find(allOf(ALICE), event.id)).toEqual(event);
    expect((await store.outbox.state()).waiting).toBe(1);
    await dispose();
  });
});
