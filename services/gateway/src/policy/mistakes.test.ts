import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PolicyError } from "./mistake.ts";
import { createPolicy } from "./policy.ts";

const log = { info: () => {}, error: () => {} };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "attach-policy-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** What is wrong with some files, as `key problem`. */
async function mistakes(files: Readonly<Record<string, string | Uint8Array>>): Promise<readonly string[]> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const error = await createPolicy({ files: [folder], defaults: true, log }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PolicyError)) throw new Error(`no mistake was found: ${error}`);
  return error.mistakes.map(({ key, problem }) => `${key} ${problem}`);
}

describe("wrong policies are all told at once, with file and line", () => {
  test("in several files", async () => {
    const told = await mistakes({
      "a.cedar": "// one\npermit (principal, action, resource) whn { true };",
      "b.cedar":
        'forbid (principal == Usr::"x", action == Action::"cal", resource);\nforbid (principal, action, resource) when { context.nothing == 1 };',
    });
    expect(told).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^a\.cedar:2 is not Cedar: /),
        expect.stringMatching(/^b\.cedar:1 does not fit the schema: .*Usr/),
        expect.stringMatching(/^b\.cedar:1 does not fit the schema: .*cal/),
        expect.stringMatching(/^b\.cedar:2 does not fit the schema: .*nothing/),
      ]),
    );
  });

  test.each([
    [
      "a policy that can never apply",
      'forbid (principal, action, resource == Tool::"x");',
      /^m\.cedar:1 .*applicable|impossible/,
    ],
    [
      "an attribute that may be absent",
      'forbid (principal, action == Action::"call", resource) when { context.model == "x" };',
      /model/,
    ],
    ["a template", "permit (principal == ?principal, action, resource);", /^m\.cedar holds a template/],
    [
      "an id that could not be logged",
      '@id("a,b") forbid (principal, action, resource);',
      /^m\.cedar has an @id/,
    ],
    [
      "the name of a shipped policy",
      '@id("scopes-decide") forbid (principal, action, resource);',
      /one that is shipped/,
    ],
    [
      "one name twice",
      '@id("x") forbid (principal, action, resource);\n@id("x") permit (principal, action, resource);',
      /"x" that m\.cedar has already/,
    ],
    ["text that is not UTF-8", new Uint8Array([0x2f, 0x2f, 0xff]), /m\.cedar is not UTF-8/],
    ["a file that is far too large", "// x\n".repeat(300_000), /larger than 1 MiB/],
  ])("%s", async (_name, text, expected) => {
    expect((await mistakes({ "m.cedar": text })).join("\n")).toMatch(expected);
  });

  test.each([
    'context has model && context.model == "GPT-5"',
    'context has model && context.model like "Gpt-*"',
    'context has model && ["a", "B"].contains(context.model)',
    'context.method != "get"',
    '"/API" == context.path',
  ])("a literal that never comes: %s", async (condition) => {
    const text = `forbid (principal, action == Action::"call", resource) when { ${condition} };`;
    expect((await mistakes({ "m.cedar": text })).join()).toMatch(
      /compares context\.\w+ with .* always comes in/,
    );
  });

  test("a place that is not there, and a folder without policies", async () => {
    const absent = createPolicy({ files: [join(folder, "no")], defaults: true, log });
    await expect(absent).rejects.toThrow(/does not exist/);
    await expect(mistakes({ "notes.txt": "" })).resolves.toEqual([
      expect.stringContaining("without a .cedar file"),
    ]);
  });

  test("names policies without an @id by their place in the file, also beyond the tenth", async () => {
    const many = Array.from(
      { length: 12 },
      (_, n) => `forbid (principal, action, resource) when { context.depth == ${n} };`,
    );
    await writeFile(join(folder, "many.cedar"), many.join("\n"));
    const policy = await createPolicy({ files: [folder], defaults: false, log });
    expect(policy.policies.map(({ id }) => id)).toEqual(many.map((_, n) => `many.${n + 1}`));
    const last = JSON.stringify(policy.policies[10]?.json);
    expect(last).toContain('"Value":10');
  });
});
