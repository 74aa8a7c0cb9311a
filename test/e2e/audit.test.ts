import { readFileSync } from "node:fs";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Management, startManagement } from "../support/management.ts";
import { audit, beside, type ExportedRow, exported, tampered } from "../support/trail.ts";

/** O01–O03: what was done, by whom, on whose behalf; that nobody can change it unseen; and how it is read. */
let at: Management;
const tokens: string[] = [];
let jti = "";
const root = () => decodeJwt(tokens[0] ?? "")["root"] as string;
const database = () => at.gateway.database;

async function agentToken(subject: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const { body } = await at.exchange({ subject, ...fields });
  const token = body["access_token"] as string;
  tokens.push(token);
  return token;
}

beforeAll(async () => {
  at = await startManagement();
  const planner = await agentToken("alice", { client_id: "planner", scope: "llm:read memory:write" });
  jti = decodeJwt(planner).jti ?? "";
  const coder = await agentToken("alice", { subject_token: planner, client_id: "coder", scope: "llm:read" });
  await at.gateway.call(coder);
  await at.ask("POST", "/api/pull", { token: coder, body: { model: "x" } });
  await at.exchange({ subject: "alice", client_id: "coder", scope: "llm:admin" });
  const bobs = await agentToken("bob", { client_id: "helper", scope: "llm:read" });
  await at.ask("GET", `/api/tags/${bobs}?secret=pl4nted-in-a-query`, { token: bobs });
  await at.ask("POST", "/attach/v1/revocations", { as: "alice", body: { dlg: root() } });
  await at.register("kept");
  // Calls are recorded behind the answer's back.
  while ((await exported(database())).filter(isCall).length < 3);
});
afterAll(() => at.close());

const isCall = ({ action }: ExportedRow) => action.startsWith("request.");
const rowsOf = async (action: string) => (await exported(database())).filter((row) => row.action === action);

describe("O01 what the trail tells", () => {
  test("a call: who, for whom, by which chain, on what, and how it ended", async () => {
    const [call] = (await rowsOf("request.allow")).filter(({ chain }) => chain[0] === "coder");
    expect(call).toMatchObject({
      decision: "allow",
      user: { iss: at.issuer, sub: "alice" },
      chain: ["coder", "planner"],
      root: root(),
      resource: "GET /api/tags",
      reason: "200 scope=llm:read",
    });
    expect(call?.policy).toBeTypeOf("string");
    expect(call?.jti).toBe(decodeJwt(tokens[1] ?? "").jti);
    expect(call?.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("a refused call, with the scope that was missing", async () => {
    const [refused] = await rowsOf("request.deny");
    expect(refused).toMatchObject({
      decision: "deny",
      chain: ["coder", "planner"],
      resource: "POST /api/pull",
      reason: "403 scope=llm:admin insufficient_scope",
    });
  });

  test("every issue, refusal, revocation, registry change and key", async () => {
    const actions = new Set((await exported(database())).map(({ action }) => action));
    for (const action of ["token.issue", "token.refuse", "revocation.create", "agent.create", "key.create"])
      expect(actions).toContain(action);
  });

  test("whose token was refused names no one else, and a call without a token leaves no row", async () => {
    const before = (await exported(database())).length;
    await at.ask("GET", "/api/tags");
    await at.ask("GET", "/api/tags", { token: "nonsense" });
    expect((await exported(database())).length).toBe(before);
  });

  test("no byte of a token, a query or a secret is anywhere in the database", () => {
    const stored = at.storedText();
    for (const token of tokens) {
      const [, claims = "", signature = ""] = token.split(".");
      expect(stored).not.toContain(claims.slice(0, 40));
      expect(stored).not.toContain(signature.slice(0, 40));
    }
    expect(stored).not.toContain("pl4nted-in-a-query");
    expect(stored).toContain(jti);
  });
});

describe("O02 the chain", () => {
  test("is whole, while the gateway runs", async () => {
    const run = await audit(database(), "verify");
    expect(run.stdout).toMatch(/^The audit trail is whole: \d+ rows/);
    expect(run.code).toBe(0);
  });

  test.each([
    ["an edited row", "update audit_events set reason = 'nothing' where seq = 4", /row 4 was changed/],
    ["an edited time", "update audit_events set time = time + 1 where seq = 2", /row 2 was changed/],
    ["a deleted row", "delete from audit_events where seq = 3", /row 4 follows row 2: row 3 is missing/],
    ["a cut tail", "delete from audit_events where seq > 5", /is gone: the table has held it, .* row 5/],
    [
      "two rows swapped",
      "update audit_events set seq = -1 where seq = 3; update audit_events set seq = 3 where seq = 4; update audit_events set seq = 4 where seq = -1",
      /row 3 was changed[\s\S]*row 4 was changed/,
    ],
    [
      "an inserted row",
      "insert into audit_events (seq, v, time, action, decision, reason, commitment, chain, jti, root, sid, resource, policy, request_id, prev, hash) select 900, v, time, action, decision, reason, commitment, chain, jti, root, sid, resource, policy, request_id, prev, hash from audit_events where seq = 3",
      /row 900 follows row \d+: rows/,
    ],
    [
      "another person beside a row",
      "update event_people set sub = 'mallory' where seq = (select min(seq) from event_people)",
      /row \d+ names another user/,
    ],
    ["rubbish", "update audit_events set chain = '[1', time = 'x' where seq = 2", /row 2 cannot be read/],
  ])("%s is found, and named", async (_what, sql, said) => {
    await tampered(database(), sql, async (copy) => {
      const run = await audit(copy, "verify");
      expect(run.stdout).toMatch(said);
      expect(run.code).toBe(1);
    });
  });

  test("an export is verified offline, and an edit of it found", async () => {
    const { stdout } = await audit(database(), "export", "--format", "jsonl");
    const whole = beside(database(), "export.jsonl", stdout);
    expect((await audit("/nowhere.db", "verify", "--from", whole)).code).toBe(0);

    const edited = beside(database(), "edited.jsonl", stdout.replace('"sub":"alice"', '"sub":"carol"'));
    const run = await audit("/nowhere.db", "verify", "--from", edited);
    expect([run.code, run.stdout]).toEqual([1, expect.stringMatching(/row \d+ names another user/)]);
    const twice = beside(database(), "twice.jsonl", stdout.replace('"v":2', '"v":2,"v":2'));
    expect((await audit("/nowhere.db", "verify", "--from", twice)).code).toBe(1);
  });

  test("what cannot be verified at all is exit 2", async () => {
    expect((await audit("/nowhere.db", "verify")).code).toBe(2);
    expect((await audit("/nowhere.db", "verify", "--from", "/nowhere.jsonl")).code).toBe(2);
  });
});

describe("O03 reading it", () => {
  test("an export tells what each agent did, with nothing but its lines", async () => {
    const rows = (await exported(database())).filter(isCall);
    const perAgent = Map.groupBy(rows, ({ chain }) => chain[0]);
    expect(perAgent.get("coder")?.map(({ decision }) => decision)).toEqual(["allow", "deny"]);
    expect(perAgent.get("helper")?.map(({ user }) => user?.sub)).toEqual(["bob"]);
    expect((await exported(database(), "--since", "2100-01-01")).length).toBe(0);
  });

  test("tail shows the newest rows", async () => {
    const { stdout, code } = await audit(database(), "tail", "--lines", "2");
    const seqs = stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as ExportedRow).seq);
    const last = (await exported(database())).at(-1)?.seq ?? 0;
    expect([seqs, code]).toEqual([[last - 1, last], 0]);
  });

  const read = async (as: string, query = "") => {
    const { status, body } = await at.ask("GET", `/attach/v1/audit${query}`, { as });
    return { status, items: (body["items"] ?? []) as ExportedRow[], next: body["next"] as string | null };
  };

  test("a user reads their own rows, an administrator all", async () => {
    const own = await read("alice");
    expect(own.status).toBe(200);
    expect(new Set(own.items.map(({ user }) => user?.sub))).toEqual(new Set(["alice"]));
    expect(new Set((await read("root")).items.map(({ user }) => user?.sub))).toContain("bob");
    expect((await read("alice", `?user=${encodeURIComponent(`${at.issuer}|bob`)}`)).status).toBe(403);
  });

  test("an agent reads nothing without audit:read", async () => {
    const token = await agentToken("bob", { client_id: "helper", scope: "llm:read" });
    const { status, headers } = await at.ask("GET", "/attach/v1/audit", { token });
    expect(status).toBe(403);
    expect(headers.get("www-authenticate")).toContain("audit:read");
  });

  test("filters by agent, action, root, user and time, and goes on where a page ended", async () => {
    const byRoot = await read("root", `?root=${root()}&action=request.allow`);
    expect(byRoot.items.map(({ chain }) => chain)).toEqual([["coder", "planner"]]);
    expect((await read("root", "?agent=planner&action=request.deny")).items).toHaveLength(1);
    expect((await read("root", "?since=2100-01-01T00:00:00Z")).items).toEqual([]);
    const first = await read("alice", "?limit=2");
    const second = await read("alice", `?limit=2&cursor=${first.next}`);
    const all = await read("alice");
    expect([...first.items, ...second.items]).toEqual(all.items.slice(0, 4));
    expect(all.next).toBeNull();
  });

  test.each([
    "?limit=0",
    "?limit=1001",
    "?action=all",
    "?since=yesterday",
    "?since=2026-13-45",
    "?user=alice",
    "?x=1",
    "?root=a&root=b",
    "?cursor=-1",
  ])("refuses %s", async (query) => {
    expect((await read("root", query)).status).toBe(400);
  });
});

describe("S21 people", () => {
  test("are erased from beside the chain, which stays whole and says that it was done", async () => {
    const run = await audit(database(), "erase", "--user", `${at.issuer}|bob`);
    expect(run.stdout).toMatch(/^Erased from \d+ rows/);
    const rows = await exported(database());
    expect(rows.filter(({ user }) => user?.sub === "bob")).toEqual([]);
    expect(rows.some(({ action }) => action === "audit.erase")).toBe(true);
    const verified = await audit(database(), "verify");
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining("whose person was erased")]);
    expect(readFileSync(database()).length).toBeGreaterThan(0);
  });
});
