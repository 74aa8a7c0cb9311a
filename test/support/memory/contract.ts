import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Owner } from "../../../services/gateway/src/core/owner.ts";
import type { MemoryStore, MemoryView } from "../../../services/gateway/src/core/ports/memory.ts";
import { ALICE, allOf, aMemory, anErasure, BOB, NOW, OTHER_ALICE, TENANT_ALICE } from "./events.ts";

/** What the suite needs of a backend. */
export interface MemoryDriver {
  readonly memory: MemoryStore;
  dispose(): Promise<void>;
}

/** Every promise of the `MemoryStore` port. Each backend runs it. */
export function memoryContract(name: string, open: () => Promise<MemoryDriver>): void {
  describe(`${name} keeps memory's contract`, () => {
    let driver: MemoryDriver;
    let memory: MemoryStore;
    beforeEach(async () => {
      driver = await open();
      memory = driver.memory;
    });
    afterEach(() => driver.dispose());

    const texts = async (view: MemoryView, words: string | null = null, limit = 50) =>
      (await memory.list({ view, words, cursor: null, limit })).items.map(({ text }) => text);

    test("an event is there as it was written when `add` resolves", async () => {
      const event = aMemory("merge sort is stable", {
        kind: "answer",
        source: "mirror",
        meta: { model: { nested: ["ünïcode", 1, null] } },
        chain: ["coder", "planner"],
        session: "s1",
        root: "r1",
        task: "t1",
        model: "llama3.2",
        inputTokens: 12,
        outputTokens: 34,
        requestId: "q1",
        bodyHash: "h1",
      });
      await memory.add([event]);
      expect(await memory.find(allOf(ALICE), event.id)).toEqual(event);
      expect((await memory.list({ view: allOf(ALICE), words: null, cursor: null, limit: 5 })).items).toEqual([
        event,
      ]);
      expect(
        (await memory.list({ view: allOf(ALICE), words: "stable", cursor: null, limit: 5 })).items,
      ).toEqual([event]);
    });

    test("a retry writes once, and changes nothing", async () => {
      const event = aMemory("first");
      await memory.add([event]);
      await memory.add([{ ...event, text: "second" }, event]);
      expect(await texts(allOf(ALICE))).toEqual(["first"]);
      expect(await texts(allOf(ALICE), "second")).toEqual([]);
    });

    test("nobody sees, finds or removes another's, by the same sub at another issuer or in another tenant either", async () => {
      const owners = [ALICE, BOB, OTHER_ALICE, TENANT_ALICE];
      const events = owners.map((owner) => aMemory(`shared word of ${JSON.stringify(owner)}`, { owner }));
      await memory.add(events);
      for (const [index, owner] of owners.entries()) {
        const mine = [events[index]?.text];
        expect(await texts(allOf(owner))).toEqual(mine);
        expect(await texts(allOf(owner), "shared word")).toEqual(mine);
        for (const other of events.filter((_, at) => at !== index)) {
          expect(await memory.find(allOf(owner), other.id)).toBeUndefined();
          expect(await memory.remove(allOf(owner), other.id)).toBe(false);
        }
      }
    });

    test("pages go from the newest to the oldest without a gap or a repetition, whatever is written meanwhile", async () => {
      const times = [5, 1, 9, 3, 7, 2, 8, 4, 6, 0];
      await memory.add(times.map((at) => aMemory(`event ${at}`, { created: NOW + at })));
      await memory.add([aMemory("event of bob", { owner: BOB, created: NOW + 4 })]);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await memory.list({ view: allOf(ALICE), words: null, cursor, limit: 3 });
        seen.push(...page.items.map(({ text }) => text));
        cursor = page.next;
        await memory.add([aMemory("later", { created: NOW + 1_000 })]);
      } while (cursor !== null);
      expect(seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((at) => `event ${at}`));
    });

    test("events of one millisecond all have their place", async () => {
      await memory.add(Array.from({ length: 300 }, (_, index) => aMemory(`burst ${index}`)));
      const seen = new Set<string>();
      let cursor: string | null = null;
      do {
        const page = await memory.list({ view: allOf(ALICE), words: null, cursor, limit: 70 });
        for (const { text } of page.items) seen.add(text);
        cursor = page.next;
      } while (cursor !== null);
      expect(seen.size).toBe(300);
    });

    test("a cursor of somebody else's, or of nobody's, opens nothing of theirs", async () => {
      await memory.add([1, 2, 3].map((at) => aMemory(`alice ${at}`, { created: NOW + at })));
      await memory.add([1, 2, 3].map((at) => aMemory(`bob ${at}`, { owner: BOB, created: NOW + at })));
      const { next } = await memory.list({ view: allOf(BOB), words: null, cursor: null, limit: 1 });
      for (const cursor of [next, "a9007199254740991", "b-1", "x", "a1 or 1=1", ""]) {
        const page = await memory.list({ view: allOf(ALICE), words: null, cursor, limit: 10 });
        expect(page.items.every(({ owner }) => owner.sub === "alice")).toBe(true);
      }
    });

    test("a search shows first what holds every word, then what holds some, each newest first", async () => {
      await memory.add([
        aMemory("sorting by insertion", { created: NOW + 1 }),
        aMemory("insertion alone", { created: NOW + 2 }),
        aMemory("Insertion SORTING again", { created: NOW + 3 }),
        aMemory("sorting alone", { created: NOW + 4 }),
        aMemory("neither", { created: NOW + 5 }),
      ]);
      const expected = [
        "Insertion SORTING again",
        "sorting by insertion",
        "sorting alone",
        "insertion alone",
      ];
      expect(await texts(allOf(ALICE), "insertion sorting")).toEqual(expected);
      const paged: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await memory.list({ view: allOf(ALICE), words: "insertion sorting", cursor, limit: 1 });
        paged.push(...page.items.map(({ text }) => text));
        cursor = page.next;
      } while (cursor !== null);
      expect(paged).toEqual(expected);
    });

    test.each([
      '"',
      "'",
      "text:alpha",
      "alpha AND beta OR",
      "NEAR(alpha beta)",
      "alpha*",
      "{keys}",
      "(",
      "^alpha",
      "- + ~",
      "\0",
      "🙂",
    ])("S22: what is searched for is words and never syntax: %j", async (words) => {
      await memory.add([aMemory("alpha beta"), aMemory("alpha of bob", { owner: BOB })]);
      const found = await texts(allOf(ALICE), words);
      expect(found.every((text) => text === "alpha beta")).toBe(true);
    });

    test("a question finds by its telling words, not by those that every text holds", async () => {
      await memory.add([
        aMemory("what is the weather in this place", { created: NOW + 2 }),
        aMemory("insertion wins", { created: NOW + 1 }),
      ]);
      expect(await texts(allOf(ALICE), "What is the name of the insertion?")).toEqual(["insertion wins"]);
      expect(await texts(allOf(ALICE), "the")).toEqual(["what is the weather in this place"]);
      const long = "insertion zero one two three four five six seven eight nine";
      expect(await texts(allOf(ALICE), long)).toEqual(["insertion wins"]);
    });

    test("words that hold nothing to look for are found nowhere", async () => {
      await memory.add([aMemory("alpha")]);
      expect(await texts(allOf(ALICE), " \" ' ")).toEqual([]);
    });

    test("a view within an agent or a workflow shows that and nothing else, by every verb", async () => {
      const mine = aMemory("of coder elsewhere", { chain: ["coder"], root: "r0", created: NOW + 1 });
      const ours = aMemory("of planner here", { chain: ["planner"], root: "r1", created: NOW + 2 });
      const both = aMemory("of coder here", { chain: ["coder", "planner"], root: "r1", created: NOW + 3 });
      const theirs = aMemory("of planner elsewhere", {
        chain: ["planner", "coder"],
        root: "r2",
        created: NOW + 4,
      });
      const users = aMemory("of the user", { created: NOW + 5 });
      const bobs = aMemory("of bob's coder", { owner: BOB, chain: ["coder"], root: "r1", created: NOW + 6 });
      await memory.add([mine, ours, both, theirs, users, bobs]);
      const own: MemoryView = { owner: ALICE, within: [{ agent: "coder", root: null }] };
      const session: MemoryView = {
        owner: ALICE,
        within: [
          { agent: "coder", root: null },
          { agent: null, root: "r1" },
        ],
      };
      const root: MemoryView = { owner: ALICE, within: [{ agent: null, root: "r1" }] };
      const nothing: MemoryView = { owner: ALICE, within: [] };
      const views: readonly [MemoryView, readonly string[]][] = [
        [own, [both.text, mine.text]],
        [session, [both.text, ours.text, mine.text]],
        [root, [both.text, ours.text]],
        [{ owner: ALICE, within: [{ agent: "coder", root: "r1" }] }, [both.text]],
        [nothing, []],
      ];
      for (const [view, expected] of views) {
        expect(await texts(view)).toEqual(expected);
        expect((await texts(view, "of elsewhere here coder planner user")).toSorted()).toEqual(
          expected.toSorted(),
        );
        for (const event of [mine, ours, both, theirs, users, bobs]) {
          const isSeen = expected.includes(event.text);
          expect((await memory.find(view, event.id)) !== undefined).toBe(isSeen);
          if (!isSeen) expect(await memory.remove(view, event.id)).toBe(false);
        }
      }
    });

    test("what is removed is gone from every list, and removed once", async () => {
      const [one, two] = [
        aMemory("alpha one", { created: NOW + 1 }),
        aMemory("alpha two", { source: "mirror" }),
      ];
      await memory.add([one, two]);
      expect(await memory.remove(allOf(ALICE), two.id, "api")).toBe(false);
      expect(await memory.remove(allOf(ALICE), one.id, "api")).toBe(true);
      expect(await memory.remove(allOf(ALICE), one.id)).toBe(false);
      expect(await memory.find(allOf(ALICE), one.id)).toBeUndefined();
      expect(await texts(allOf(ALICE))).toEqual(["alpha two"]);
      expect(await texts(allOf(ALICE), "alpha")).toEqual(["alpha two"]);
    });

    test("erasing an owner forgets all of theirs up to then, what arrives late too, and nobody else's", async () => {
      await memory.add([1, 2, 3].map((at) => aMemory(`alpha ${at}`, { created: NOW + at })));
      await memory.add([BOB, OTHER_ALICE, TENANT_ALICE].map((owner) => aMemory("alpha stays", { owner })));
      expect(await memory.eraseAll(ALICE, anErasure(ALICE, NOW + 10))).toBe(3);
      await memory.add([aMemory("alpha late", { created: NOW + 9 })]);
      await memory.add([aMemory("alpha afterwards", { created: NOW + 11 })]);
      expect(await texts(allOf(ALICE))).toEqual(["alpha afterwards"]);
      expect(await texts(allOf(ALICE), "alpha")).toEqual(["alpha afterwards"]);
      for (const owner of [BOB, OTHER_ALICE, TENANT_ALICE] as Owner[])
        expect(await texts(allOf(owner), "alpha")).toEqual(["alpha stays"]);
    });

    test("retention removes what is too old, and the oldest of what is too much, owner by owner", async () => {
      await memory.add([0, 1, 2, 3, 4].map((at) => aMemory(`alice ${at}`, { created: NOW + at })));
      await memory.add([3, 4].map((at) => aMemory(`bob ${at}`, { owner: BOB, created: NOW + at })));
      await memory.purge(NOW + 10, { maxAgeMs: 8, maxEvents: 2 });
      expect(await texts(allOf(ALICE))).toEqual(["alice 4", "alice 3"]);
      expect(await texts(allOf(BOB))).toEqual(["bob 4", "bob 3"]);
      expect(await texts(allOf(ALICE), "alice")).toEqual(["alice 4", "alice 3"]);
      await memory.purge(NOW + 10, { maxAgeMs: null, maxEvents: 2 });
      expect(await texts(allOf(ALICE))).toEqual(["alice 4", "alice 3"]);
    });
  });
}
