import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MemoryRig, type ShownMemory, startMemoryRig } from "../support/memory/rig.ts";

let rig: MemoryRig;
beforeAll(async () => {
  rig = await startMemoryRig();
});
afterAll(() => rig.close());

let user = "";
let other = "";
let count = 0;
beforeEach(() => {
  user = `alice-${count}`;
  other = `bob-${count++}`;
});

const write = (body: object, as: { user?: string; token?: string } = { user }) =>
  rig.ask("POST", "/attach/v1/memory", { token: as.token ?? rig.userToken(as.user ?? user), body });
const get = (path: string, as: { user?: string; token?: string } = { user }) =>
  rig.ask("GET", path, { token: as.token ?? rig.userToken(as.user ?? user) });
const remove = (path: string, as: { user?: string; token?: string } = { user }) =>
  rig.ask("DELETE", path, { token: as.token ?? rig.userToken(as.user ?? user) });
const texts = (events: readonly ShownMemory[]) => events.map(({ text }) => text);

async function exported(as: { user?: string; token?: string } = { user }): Promise<readonly ShownMemory[]> {
  const response = await fetch(`${rig.url}/attach/v1/memory/export`, {
    headers: { authorization: `Bearer ${as.token ?? rig.userToken(as.user ?? user)}` },
  });
  expect(response.headers.get("content-type")).toContain("application/x-ndjson");
  const lines = (await response.text()).split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as ShownMemory);
}

describe("M06: /attach/v1/memory", () => {
  test("M06: what is written is there at once: by its id, in the list, by its words, in the export", async () => {
    const { status, body } = await write({
      text: "Merge sort is stable",
      kind: "fact",
      meta: { source: { page: 3 } },
      task: "t-1",
    });
    expect(status).toBe(201);
    expect(Object.keys(body).toSorted()).toEqual(["created", "id"]);
    expect(new Date(body["created"] as string).toISOString()).toBe(body["created"]);
    const shown = (await get(`/attach/v1/memory/${body["id"]}`)).body;
    expect(shown).toMatchObject({
      id: body["id"],
      kind: "fact",
      text: "Merge sort is stable",
      meta: { source: { page: 3 } },
      task: "t-1",
      source: "api",
      agent: null,
    });
    expect(await rig.recall({ user })).toEqual([shown]);
    expect(await rig.recall({ user }, "?q=STABLE%20sorting")).toEqual([shown]);
    expect(await rig.recall({ user }, "?q=quicksort")).toEqual([]);
    expect(await exported()).toEqual([shown]);
  });

  test("M06: lists are newest first and in pages", async () => {
    for (let at = 0; at < 5; at++) {
      rig.gateway.clock.advance(1);
      await write({ text: `note ${at}` });
    }
    const first = await get("/attach/v1/memory?limit=2");
    expect(texts(first.body["items"] as ShownMemory[])).toEqual(["note 4", "note 3"]);
    const second = await get(`/attach/v1/memory?limit=2&cursor=${first.body["next"]}`);
    const third = await get(`/attach/v1/memory?limit=2&cursor=${second.body["next"]}`);
    expect(
      texts([...(second.body["items"] as ShownMemory[]), ...(third.body["items"] as ShownMemory[])]),
    ).toEqual(["note 2", "note 1", "note 0"]);
    expect(third.body["next"]).toBeNull();
  });

  test("M06: one is removed by its id, and all by saying so, which the audit trail tells", async () => {
    const { body } = await write({ text: "one" });
    await write({ text: "two" });
    expect((await remove(`/attach/v1/memory/${body["id"]}`)).status).toBe(204);
    expect((await remove(`/attach/v1/memory/${body["id"]}`)).status).toBe(404);
    expect((await get(`/attach/v1/memory/${body["id"]}`)).status).toBe(404);
    expect((await remove("/attach/v1/memory")).status).toBe(400);
    expect((await remove("/attach/v1/memory?all=yes")).status).toBe(400);
    expect(texts(await rig.recall({ user }))).toEqual(["two"]);
    expect(await remove("/attach/v1/memory?all=true")).toMatchObject({ status: 200, body: { erased: 1 } });
    expect(await rig.recall({ user })).toEqual([]);
    const trail = (await get("/attach/v1/audit?action=memory.erase")).body["items"] as Record<
      string,
      unknown
    >[];
    expect(trail.at(-1)).toMatchObject({ reason: "events=1", user: { sub: user } });
  });

  test.each([
    [{}, "text"],
    [{ text: "" }, "text"],
    [{ text: 5 }, "text"],
    [{ text: "x".repeat(131_073) }, "text"],
    [{ text: "x", kind: "NOTE" }, "kind"],
    [{ text: "x", kind: "answer" }, "answer"],
    [{ text: "x", owner: "bob" }, "owner"],
    [{ text: "x", meta: [] }, "meta"],
    [{ text: "x", meta: { long: "y".repeat(17_000) } }, "meta"],
    [{ text: "x", meta: JSON.parse(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`) }, "meta"],
    [{ text: "x", task: "a b" }, "task"],
  ])("M06: a note that is none is refused in words that help: %#", async (body, word) => {
    const answer = await write(body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(word);
  });

  test("M06: reading needs memory:read and writing memory:write", async () => {
    const reader = await rig.agentToken("reader", "memory:read", user);
    const writer = await rig.agentToken("writer", "memory:write", user);
    const neither = await rig.agentToken("neither", "llm:read", user);
    for (const path of [
      "/attach/v1/memory",
      "/attach/v1/memory/x",
      "/attach/v1/memory/export",
      "/mem/events",
    ]) {
      for (const token of [writer, neither]) {
        const { status, body } = await get(path, { token });
        expect([path, status, body["code"]]).toEqual([path, 403, "insufficient_scope"]);
      }
    }
    for (const token of [reader, neither]) {
      expect((await write({ text: "x" }, { token })).status).toBe(403);
      expect((await remove("/attach/v1/memory/x", { token })).status).toBe(403);
      expect((await remove("/attach/v1/memory?all=true", { token })).status).toBe(403);
      expect((await rig.ask("POST", "/v1/logs", { token, body: { a: 1 } })).status).toBe(403);
    }
    for (const path of ["/attach/v1/memory", "/mem/events"])
      expect((await rig.ask("GET", path)).headers.get("www-authenticate")).toContain("resource_metadata");
  });
});

describe("M04: nobody sees another's memory", () => {
  test("M04: by no route, filter or cursor", async () => {
    const mine = await write({ text: "shared word, mine" });
    const theirs = await write({ text: "shared word, theirs" }, { user: other });
    await write({ text: "shared word, theirs again" }, { user: other });
    const id = theirs.body["id"];
    const { next } = (await get("/attach/v1/memory?limit=1", { user: other })).body;
    const queries = [
      "",
      "?q=shared",
      "?q=theirs",
      `?cursor=${next}`,
      `?q=shared&cursor=${next}`,
      "?q=*",
      "?q=%22",
      "?cursor=a9007199254740991&limit=200",
    ];
    for (const query of queries) {
      for (const event of await rig.recall({ user }, query)) expect(event.text).toBe("shared word, mine");
    }
    expect(texts(await exported())).toEqual(["shared word, mine"]);
    expect((await get(`/attach/v1/memory/${id}`)).status).toBe(404);
    expect((await remove(`/attach/v1/memory/${id}`)).status).toBe(404);
    expect(JSON.stringify((await get("/mem/events")).body)).not.toContain("theirs");
    await remove("/attach/v1/memory?all=true");
    expect(await rig.recall({ user: other })).toHaveLength(2);
    expect((await get(`/attach/v1/memory/${mine.body["id"]}`)).status).toBe(404);
    for (const query of ["?owner=x", `?user=${other}`, "?limit=0", "?limit=201", "?limit=1e2", "?q=a&q=b"])
      expect((await get(`/attach/v1/memory${query}`)).status).toBe(400);
    expect((await get("/attach/v1/memory", { user: "root" })).body["items"]).toEqual([]);
  });
});

describe("M04: what an agent sees of its user's memory", () => {
  const scope = "memory:read memory:write";
  const grant = (agent: string, memory: string) =>
    rig.ask("POST", "/attach/v1/grants", {
      token: rig.userToken(user),
      body: { agent, scopes: scope.split(" "), memory },
    });

  /** alice's own note, planner's in two workflows, and coder's below the first of them. */
  async function workflow() {
    const planner = await rig.agentToken("planner", scope, user);
    const again = await rig.agentToken("planner", scope, user);
    const coder = String(
      (await rig.exchange({ subject_token: planner, client_id: "coder", scope })).body["access_token"],
    );
    await write({ text: "of the user" });
    await write({ text: "of planner here" }, { token: planner });
    await write({ text: "of planner elsewhere" }, { token: again });
    await write({ text: "of coder" }, { token: coder });
    await write({ text: "of bob" }, { user: other });
    return { planner, again, coder };
  }
  const seen = async (token: string) => texts(await rig.recall({ token })).toSorted();

  test("M04, S12: by default its own and its workflow's, which is one root", async () => {
    const { planner, again, coder } = await workflow();
    expect(await seen(planner)).toEqual(["of coder", "of planner elsewhere", "of planner here"]);
    expect(await seen(again)).toEqual(["of planner elsewhere", "of planner here"]);
    expect(await seen(coder)).toEqual(["of coder", "of planner here"]);
    expect(texts(await exported({ token: coder })).toSorted()).toEqual(["of coder", "of planner here"]);
    expect((await rig.recall({ user })).length).toBe(4);
  });

  test("M04: as far as the user's grant says, at once, and no further than the one it acts for", async () => {
    const { planner, coder } = await workflow();
    expect(await grant("planner", "own")).toMatchObject({ status: 201, body: { memory: "own" } });
    expect(await seen(planner)).toEqual(["of planner elsewhere", "of planner here"]);
    await grant("coder", "user");
    expect(await seen(coder)).toEqual(["of coder"]);
    await grant("planner", "user");
    expect(await seen(planner)).toEqual([
      "of coder",
      "of planner elsewhere",
      "of planner here",
      "of the user",
    ]);
    expect(await seen(coder)).toEqual(["of coder", "of planner elsewhere", "of planner here", "of the user"]);
    expect((await grant("planner", "everything")).status).toBe(400);
  });

  test("M04: an agent of another's making that proved nothing gets nothing of what its name wrote elsewhere", async () => {
    const victim = await rig.agentToken("victim", scope, user);
    await write({ text: "of victim" }, { token: victim });
    const planner = await rig.agentToken("planner", scope, user);
    const posing = String(
      (await rig.exchange({ subject_token: planner, client_id: "victim", scope })).body["access_token"],
    );
    await write({ text: "of who poses" }, { token: posing });
    expect(await seen(posing)).toEqual(["of who poses"]);
    expect(await seen(victim)).toEqual(["of victim", "of who poses"]);
  });

  test("M04: an agent removes what it wrote, and neither another's, nor what the gateway saw, nor everything", async () => {
    const { planner, coder } = await workflow();
    const [own] = (await rig.recall({ token: coder })).filter(({ agent }) => agent === "coder");
    const [planners] = (await rig.recall({ token: coder })).filter(({ agent }) => agent === "planner");
    const caller = await rig.agentToken("caller", "llm:read memory:read memory:write", user);
    rig.engine.answer({ pieces: ['{"message":{"content":"ok"},"done":true}'] });
    await rig.say(
      "/api/chat",
      { model: "m", messages: [{ role: "user", content: "hide this" }] },
      { token: caller },
    );
    const [mirrored] = await rig.recalled({ token: caller }, 2);
    expect((await remove(`/attach/v1/memory/${mirrored?.id}`, { token: caller })).status).toBe(404);
    expect((await remove(`/attach/v1/memory/${planners?.id}`, { token: coder })).status).toBe(404);
    expect((await remove("/attach/v1/memory?all=true", { token: planner })).status).toBe(403);
    expect((await remove(`/attach/v1/memory/${own?.id}`, { token: coder })).status).toBe(204);
    expect((await remove(`/attach/v1/memory/${mirrored?.id}`)).status).toBe(204);
  });
});

describe("M05: the earlier gateway's routes", () => {
  test("M05: any JSON object is kept with its user, whatever it says itself, and listed", async () => {
    const line = { call_id: 7, function_name: "plan", user: other, input: { goal: "sort things" }, ok: true };
    const { status, body } = await rig.ask("POST", "/v1/logs", { token: rig.userToken(user), body: line });
    expect(status).toBe(202);
    expect(body["id"]).toBeTypeOf("string");
    const { data } = (await get("/mem/events?limit=5")).body as unknown as {
      data: Record<string, unknown>[];
    };
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({ id: body["id"], kind: "log", user });
    expect(JSON.parse(data[0]?.["text"] as string)).toEqual(line);
    expect(await rig.recall({ user }, "?q=things")).toHaveLength(1);
    expect((await get("/mem/events", { user: other })).body).toEqual({ data: [] });
  });

  test.each([[[1, 2]], ["text"], [5], [null]])("M05: what is no object is refused: %j", async (body) => {
    expect((await rig.ask("POST", "/v1/logs", { token: rig.userToken(user), body })).status).toBe(400);
  });
});
