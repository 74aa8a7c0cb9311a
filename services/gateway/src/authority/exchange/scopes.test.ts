import { expandScopes, SCOPES } from "@attach-dev/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideScopes } from "./scopes.ts";

const scope = fc.constantFrom(...SCOPES, "mcp:files:read", "mcp:files:write", "foreign:scope");
const scopes = fc.uniqueArray(scope, { maxLength: 8 });
const mode = fc.constantFrom("strict" as const, "lenient" as const);

describe("scopes only shrink", () => {
  test("nothing is granted that the user, the delegation or the request does not cover", () => {
    fc.assert(
      fc.property(
        fc.option(scopes, { nil: undefined }),
        scopes,
        fc.option(scopes, { nil: undefined }),
        mode,
        (requested, held, delegation, mode) => {
          const decided = decideScopes({ requested, subject: expandScopes(held), delegation, mode });
          if (!decided.ok) return;
          for (const limit of [held, delegation, requested]) {
            if (limit === undefined) continue;
            const covered = expandScopes(limit);
            for (const one of expandScopes(decided.value)) expect(covered).toContain(one);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("nor does it grow over any number of renewals", () => {
    fc.assert(
      fc.property(scopes, fc.array(fc.tuple(scopes, scopes), { maxLength: 5 }), (first, renewals) => {
        let delegation: readonly string[] = first;
        for (const [requested, held] of renewals) {
          const decided = decideScopes({
            requested,
            subject: expandScopes(held),
            delegation,
            mode: "lenient",
          });
          if (!decided.ok) continue;
          const before = expandScopes(delegation);
          for (const one of expandScopes(decided.value)) expect(before).toContain(one);
          delegation = decided.value;
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("strict grants the request whole or not at all", () => {
    fc.assert(
      fc.property(scopes, scopes, (requested, held) => {
        const decided = decideScopes({
          requested,
          subject: expandScopes(held),
          delegation: undefined,
          mode: "strict",
        });
        if (decided.ok) expect(decided.value).toEqual(requested);
      }),
    );
  });

  test("S01: what an agent gets by name only is never in the usual grant, nor are composites", () => {
    const decided = decideScopes({
      requested: undefined,
      subject: expandScopes(SCOPES),
      delegation: undefined,
      mode: "strict",
    });
    expect(decided.ok && [...decided.value].sort()).toEqual([
      "a2a:read",
      "a2a:send",
      "llm:read",
      "memory:read",
      "memory:write",
    ]);
  });

  test("a composite that is covered in part is granted in that part, where the mode is lenient", () => {
    const question = { requested: ["chat:run"], subject: expandScopes(["llm:read"]), delegation: undefined };
    expect(decideScopes({ ...question, mode: "lenient" })).toEqual({ ok: true, value: ["llm:read"] });
    expect(decideScopes({ ...question, mode: "strict" })).toEqual({
      ok: false,
      reason: { kind: "scope_exceeded", withheld: ["chat:run"] },
    });
  });
});
