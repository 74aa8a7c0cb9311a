import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTarget, type TargetRefusal } from "./path.ts";

function pathOf(raw: string): string {
  const target = readTarget(raw);
  if (!target.ok) throw new Error(`${raw} was refused: ${target.reason}`);
  return target.value.path;
}

function refusalOf(raw: string): TargetRefusal | "accepted" {
  const target = readTarget(raw);
  return target.ok ? "accepted" : target.reason;
}

describe("readTarget", () => {
  it.each([
    ["/", "/"],
    ["/api/chat", "/api/chat"],
    ["/api/chat/", "/api/chat"],
    ["/API/Chat", "/api/chat"],
    ["/api/%70ull", "/api/pull"],
    ["/api/%50ULL/", "/api/pull"],
    ["/%61%70%69/pul%6C", "/api/pull"],
    ["/api/pull?x=/../", "/api/pull"],
    ["/api/pull/?stream=false", "/api/pull"],
    ["/api/pull?a;b//c%2f%5c%00", "/api/pull"],
    ["/v1/models/llama3%3A8b", "/v1/models/llama3%3a8b"],
    ["/any/path%20with%20spaces", "/any/path%20with%20spaces"],
    ["/caf%C3%A9", "/caf%c3%a9"],
    ["/a.b/..c/d..", "/a.b/..c/d.."],
    ["/v1/%7Euser", "/v1/~user"],
  ])("S14: sees %s as %s", (raw, path) => {
    expect(pathOf(raw)).toBe(path);
  });

  it("hands the target upstream as it came, the query apart", () => {
    const raw = "/API/%70ull/?Model=A%2Fb&x#".slice(0, -1);
    expect(readTarget(raw)).toEqual({
      ok: true,
      value: { path: "/api/pull", raw, query: "?Model=A%2Fb&x" },
    });
  });

  it.each<[string, TargetRefusal]>([
    ["", "form"],
    ["*", "form"],
    ["http://engine/api/tags", "form"],
    ["engine:11434", "form"],
    ["api/tags", "form"],
    ["//api/tags", "empty_segment"],
    ["/api//pull", "empty_segment"],
    ["/api/pull//", "empty_segment"],
    ["/api/./pull", "dot_segment"],
    ["/api/chat/../pull", "dot_segment"],
    ["/api/chat/..", "dot_segment"],
    ["/.", "dot_segment"],
    ["/api/chat/%2e%2e/pull", "dot_segment"],
    ["/api/chat/.%2E/pull", "dot_segment"],
    ["/api/%2e/pull", "dot_segment"],
    ["/api\\pull", "characters"],
    ["/api/pull?\\", "characters"],
    ["/api/pull;x=1", "parameters"],
    ["/api;/pull", "parameters"],
    ["/api%2fpull", "encoding"],
    ["/api%2Fpull", "encoding"],
    ["/api%5cpull", "encoding"],
    ["/api/pull%00", "encoding"],
    ["/api/%2570ull", "encoding"],
    ["/api/pull%3fx", "encoding"],
    ["/api/pull%23x", "encoding"],
    ["/api/pull%3Bx", "encoding"],
    ["/api/pull%0d%0aX-Attach-User:%20bob", "encoding"],
    ["/api/pull%7f", "encoding"],
    ["/api/pull%c2%85", "encoding"],
    ["/api/pull%", "encoding"],
    ["/api/pull%7", "encoding"],
    ["/api/pull%zz", "encoding"],
    ["/api/%u0070ull", "encoding"],
    ["/api/%c0%af", "encoding"],
    ["/api/%ff", "encoding"],
    ["/api/pull#x", "characters"],
    ["/api/pull?x#y", "characters"],
    ["/api/pu ll", "characters"],
    ["/api/pull\t", "characters"],
    ["/api/pull\u0000", "characters"],
    ["/api/püll", "characters"],
    ["/ap\u0131/pull", "characters"],
    [`/${"a".repeat(8192)}`, "too_long"],
  ])("S14: refuses %j", (raw, reason) => {
    expect(refusalOf(raw)).toBe(reason);
  });

  it.each([
    ["long s", "/api/blob%C5%BFs"],
    ["Kelvin sign", "/to%E2%84%AAenize"],
    ["dotless i", "/ap%C4%B1/pull"],
    ["dotted capital I", "/ap%C4%B0/pull"],
    ["full-width letter", "/api/%EF%BD%90ull"],
    ["full-width slash", "/api%EF%BC%8Fpull"],
    ["two-dot leader", "/api/chat/%E2%80%A5/pull"],
    ["ligature", "/v1/%EF%AC%81les"],
  ])("S14: refuses an escaped look-alike of ASCII (%s)", (_name, raw) => {
    expect(refusalOf(raw)).toBe("encoding");
  });
});

describe("any spelling", () => {
  const segment = fc.stringMatching(/^[a-z0-9_-]{1,8}$/);
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join("/")}`);

  /** One character, in a spelling that a server would take for it. */
  function respell(character: string, choice: number): string {
    if (character === "/") return "/";
    const cased = choice & 1 ? character.toUpperCase() : character;
    if (!(choice & 2)) return cased;
    const hex = cased.charCodeAt(0).toString(16);
    return `%${choice & 4 ? hex.toUpperCase() : hex}`;
  }

  it("S14: sees every spelling of a path as that path", () => {
    fc.assert(
      fc.property(
        path,
        fc.infiniteStream(fc.nat(7)),
        fc.constantFrom("", "/", "?", "/?q=1"),
        (plain, choices, end) => {
          const spelled = [...plain].map((character) => respell(character, choices.next().value)).join("");
          expect(pathOf(spelled + end)).toBe(plain);
        },
      ),
    );
  });

  it("S14: what it accepts decodes to what it matched, for a server that decodes once or twice", () => {
    const hostile = fc.string({
      unit: fc.constantFrom(
        ..."/.%aApP;\\?#\0 ~",
        "%2e",
        "%2F",
        "%5c",
        "%25",
        "%70",
        "%c5%bf",
        "%00",
        "pull",
        "api",
      ),
      maxLength: 12,
    });
    fc.assert(
      fc.property(hostile, (text) => {
        const target = readTarget(`/${text}`);
        if (!target.ok) return;
        const written = target.value.raw.slice(0, target.value.raw.length - target.value.query.length);
        const once = decodeURIComponent(written);
        expect(decodeURIComponent(once)).toBe(once);
        expect(new URL(once, "http://engine").pathname.toLowerCase().replace(/(?<=.)\/$/, "")).toBe(
          new URL(target.value.path, "http://engine").pathname,
        );
        expect(once).not.toMatch(/[\\;\0-\x1f]|\/\/|\/\.{1,2}(\/|$)/);
      }),
      { numRuns: 2000 },
    );
  });

  it("judges a target the same the second time, from memory", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        expect(readTarget(`/${text}`)).toEqual(readTarget(`/${text}`));
      }),
    );
  });

  it("keeps its judgement when more spellings have come than it remembers", () => {
    for (let i = 0; i < 3000; i += 1) expect(pathOf(`/Models/${i}`)).toBe(`/models/${i}`);
    expect(pathOf("/Models/0")).toBe("/models/0");
  });
});
