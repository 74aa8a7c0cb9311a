import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { AUDIT_CHAIN_START, auditCommitment, auditRowHash } from "../core/audit-row.ts";
import type { AuditEntry } from "../core/ports/audit.ts";
import type { SigningKey } from "../core/ports/keys.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { gapEvent } from "./gap.ts";
import { type ChainInput, ChainVerifier } from "./verify.ts";

const NOW = 1_750_000_000_000;
const USER = { iss: "https://idp.example", sub: "alice" };

function makeKey(kid: string): SigningKey {
  return { kid, alg: "ES256", ...generateKeyPairSync("ec", { namedCurve: "P-256" }) };
}
const key = makeKey("key-1");
const findKey = (kid: string) => (kid === key.kid ? key : undefined);

/** The rows that the store would have written. */
function chain(length: number, change: (seq: number) => Partial<AuditEntry> = () => ({})): AuditEntry[] {
  const rows: AuditEntry[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const salt = `salt-${seq}`;
    const fields = {
      seq,
      v: 2,
      time: NOW + seq,
      action: "token.issue" as const,
      decision: "allow" as const,
      reason: null,
      user: USER,
      salt,
      commitment: auditCommitment(salt, USER),
      chain: ["coder"],
      jti: `jti-${seq}`,
      root: null,
      session: null,
      resource: null,
      policy: null,
      requestId: null,
      prev: rows.at(-1)?.hash ?? AUDIT_CHAIN_START,
      ...change(seq),
    };
    rows.push({ ...fields, hash: auditRowHash(fields) });
  }
  return rows;
}

function verify(rows: Iterable<AuditEntry>, input: Partial<ChainInput> = {}) {
  const verifier = new ChainVerifier({ checkpoints: [], findKey, ...input });
  for (const row of rows) verifier.add(row);
  return verifier.end();
}

const faultsOf = (rows: Iterable<AuditEntry>, input?: Partial<ChainInput>) => verify(rows, input).faults;

const checkpointOf = (row: AuditEntry | undefined, by = key) => {
  if (row === undefined) throw new Error("no such row");
  const { jws } = signCheckpoint(row, { time: NOW, issuer: "https://gateway.example", key: by });
  return { name: "the checkpoint", jws };
};

describe("a chain", () => {
  test("that nobody touched is whole", () => {
    const rows = chain(5);
    const { faults, rows: count, last } = verify(rows);
    expect([faults, count, last]).toEqual([[], 5, { seq: 5, hash: rows[4]?.hash }]);
    expect(faultsOf([])).toEqual([]);
  });

  test.each([
    ["time", { time: NOW }],
    ["action", { action: "token.refuse" }],
    ["decision", { decision: "deny" }],
    ["reason", { reason: "because" }],
    ["chain", { chain: ["coder", "planner"] }],
    ["jti", { jti: "other" }],
    ["root", { root: "other" }],
    ["session", { session: "other" }],
    ["resource", { resource: "other" }],
    ["policy", { policy: "other" }],
    ["requestId", { requestId: "other" }],
    ["commitment", { commitment: "0".repeat(64), user: null, salt: null }],
    ["v", { v: 1 }],
  ] as const)("S21: a change of %s is found in its row and nowhere else", (_name, change) => {
    const rows = chain(5).map((row) => (row.seq === 3 ? { ...row, ...change } : row));
    expect(faultsOf(rows)).toEqual([{ row: 3, problem: expect.stringContaining("was changed") }]);
  });

  test("S21: a row that was changed and hashed anew does not carry the next", () => {
    const rows = chain(4);
    const forged = { ...(rows[1] as AuditEntry), reason: "forged" };
    rows[1] = { ...forged, hash: auditRowHash(forged) };
    expect(faultsOf(rows)).toEqual([{ row: 3, problem: expect.stringContaining("does not follow row 2") }]);
  });

  test.each([
    ["a missing row", [1, 2, 4, 5], { row: 4, problem: "follows row 2: row 3 is missing" }],
    ["missing rows", [1, 4, 5], { row: 4, problem: "follows row 1: rows 2 to 3 are missing" }],
    ["a missing beginning", [3, 4, 5], { row: 3, problem: "follows row 0: rows 1 to 2 are missing" }],
    [
      "a row twice",
      [1, 2, 2, 3],
      { row: 2, problem: "follows row 2: it is out of its place, or there twice" },
    ],
  ])("S21: %s is named", (_what, order, fault) => {
    const rows = chain(5);
    expect(faultsOf(order.map((seq) => rows[seq - 1] as AuditEntry))[0]).toEqual(fault);
  });

  test("S21: another person beside a row is found; an erased one is not missed", () => {
    const rows = chain(3);
    const swapped = rows.map((row) => (row.seq === 2 ? { ...row, user: { ...USER, sub: "mallory" } } : row));
    expect(faultsOf(swapped)).toEqual([{ row: 2, problem: expect.stringContaining("names another user") }]);
    const erased = verify(rows.map((row) => (row.seq === 2 ? { ...row, user: null, salt: null } : row)));
    expect([erased.faults, erased.erased]).toEqual([[], 1]);
  });

  test("S21: a user beside a row that has none is found", () => {
    const rows = chain(2, () => ({ user: null, salt: null, commitment: null }));
    const planted = rows.map((row) => ({ ...row, user: USER, salt: "s" }));
    expect(faultsOf(planted)).toHaveLength(2);
  });

  test("of version 1 is verified as it was written; a version to come is not believed", () => {
    const old = chain(3, () => ({ v: 1, salt: null, commitment: null }));
    expect(faultsOf(old)).toEqual([]);
    const changed = old.map((row) => ({ ...row, user: { ...USER, sub: "mallory" } }));
    expect(faultsOf(changed)).toHaveLength(3);
    expect(faultsOf(chain(1, () => ({ v: 3 })))[0]?.problem).toContain("version 3");
  });

  test("that is rubbish is told in a bounded number of faults", () => {
    const rows = chain(100).map((row) => ({ ...row, hash: "x" }));
    const { faults, faultCount } = verify(rows);
    expect(faults.length).toBe(20);
    expect(faultCount).toBeGreaterThanOrEqual(100);
  });
});

describe("S21: a checkpoint", () => {
  test("confirms the row it states", () => {
    const rows = chain(5);
    const { faults, confirmed, covered } = verify(rows, { checkpoints: [checkpointOf(rows[3])] });
    expect([faults, confirmed, covered]).toEqual([[], 1, 4]);
  });

  test("finds a tail that was cut", () => {
    const rows = chain(5);
    const faults = faultsOf(rows.slice(0, 3), { checkpoints: [checkpointOf(rows[4])] });
    expect(faults).toEqual([{ row: 5, problem: expect.stringContaining("is gone") }]);
  });

  test("finds a chain that was written anew from its first row on", () => {
    const [, second] = chain(3);
    const anew = chain(3, () => ({ reason: "anew" }));
    expect(faultsOf(anew)).toEqual([]);
    expect(faultsOf(anew, { checkpoints: [checkpointOf(second)] })).toEqual([
      { row: 2, problem: expect.stringContaining("was written anew") },
    ]);
  });

  test("by a key that is not the authority's counts for nothing, whatever its id", () => {
    const rows = chain(2);
    for (const [by, problem] of [
      [makeKey("key-1"), "the checkpoint has a signature that does not hold"],
      [makeKey("key-2"), "the checkpoint is signed by a key that is not known"],
    ] as const) {
      expect(faultsOf(rows, { checkpoints: [checkpointOf(rows[1], by)] })).toEqual([{ row: null, problem }]);
    }
  });

  test("is no other kind of JWS, nor half of one", () => {
    const gap = gapEvent({ dropped: 1, since: 1, until: 2 }, "https://gateway.example", key).resource ?? "";
    for (const jws of [gap, "", "a.b", "a.b.c", "x".repeat(10_000)])
      expect(faultsOf(chain(1), { checkpoints: [{ name: "it", jws }] })).toHaveLength(1);
  });

  test("SQLite's own count tells of a tail that was cut by hand", () => {
    expect(faultsOf(chain(3), { highest: 5 })).toEqual([
      { row: 5, problem: expect.stringContaining("is gone") },
    ]);
  });
});

describe("S21: a gap record", () => {
  const gap = gapEvent({ dropped: 12, since: NOW, until: NOW + 9 }, "https://gateway.example", key);
  const withGap = (reason = gap.reason) =>
    chain(3, (seq) => (seq === 2 ? { ...gap, reason, salt: null, commitment: null } : {}));

  test("tells by its signature how many calls were not recorded", () => {
    expect(verify(withGap())).toMatchObject({ faults: [], dropped: 12 });
  });

  test("that says another number than was signed is a fault", () => {
    expect(faultsOf(withGap("queue_full dropped=1"))[0]?.problem).toContain("does not bear it out");
  });
});
