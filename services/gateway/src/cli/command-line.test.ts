import { describe, expect, test } from "vitest";
import { readCommandLine } from "./command-line.ts";

const reasonFor = (args: readonly string[]) => {
  const line = readCommandLine(args);
  return line.ok ? undefined : line.reason;
};

describe("the command line", () => {
  test.each([
    [[], undefined, {}],
    [["serve"], "serve", {}],
    [["dev", "--port", "1"], "dev", { port: "1" }],
    [["--port=1", "--host", "::1"], undefined, { port: "1", host: "::1" }],
    [
      ["--config", "a.yaml", "serve", "--upstream", "http://x"],
      "serve",
      { config: "a.yaml", upstream: "http://x" },
    ],
    [["--port", "-1"], undefined, { port: "-1" }],
  ])("%j is the command %s with %j", (args, command, flags) => {
    expect(readCommandLine(args)).toEqual({ ok: true, value: { kind: "run", command, flags } });
  });

  test.each([
    [["--help"], "help"],
    [["-h"], "help"],
    [["serve", "--help"], "help"],
    [["--version"], "version"],
    [["-v", "dev"], "version"],
  ])("%j asks for %s", (args, kind) => {
    expect(readCommandLine(args)).toEqual({ ok: true, value: { kind } });
  });

  test.each([
    [["sevre"], 'there is no command "sevre" (did you mean serve?)'],
    [["audti"], 'there is no command "audti" (did you mean audit?)'],
    [["audit"], "audit needs one of: verify, export, tail, checkpoint, erase"],
    [["audit", "verfy"], 'audit has no "verfy"; it has verify (did you mean that?)'],
    [["audit", "verify", "--lines", "3"], 'there is no flag "--lines"'],
    [["audit", "verify", "now"], "there is a word too many"],
    [["serve", "--follow"], 'there is no flag "--follow"'],
    [["help"], 'there is no command "help" (did you mean --help?)'],
    [["serve", "now"], "there is a word too many: one command, then flags"],
    [["serve", "--prot", "1"], 'there is no flag "--prot" (did you mean --port?)'],
    [["--port"], "--port needs a value"],
    [["--port", "--host", "x"], "--port needs a value"],
    [["--port="], "--port needs a value"],
    [["--port", "1", "--port", "2"], "--port is there twice"],
    [["--help=yes"], "--help takes no value"],
    [["--no-help"], 'there is no flag "--no-help"'],
    [["-x"], 'there is no flag "-x"'],
    [["--__proto__"], 'there is no flag "--__proto__"'],
    [["--constructor", "x"], 'there is no flag "--constructor"'],
    [["--", "--port"], 'there is no command "--port"'],
  ])("refuses %j: %s", (args, reason) => {
    expect(reasonFor(args)).toBe(reason);
  });

  test("reads a management command, its flags and where the configuration is", () => {
    const line = readCommandLine(["--config", "a.yaml", "audit", "tail", "-f", "--lines", "5"]);
    expect(line).toMatchObject({
      ok: true,
      value: {
        kind: "tool",
        tool: { name: "audit" },
        order: { action: "tail", words: [], flags: { config: ["a.yaml"], follow: [""], lines: ["5"] } },
      },
    });
  });

  test("does not repeat what may be a secret", () => {
    for (const word of ["sk-live+do/not=show-me", "sk-live-0123456789-0123456789"]) {
      expect(reasonFor([word])).toBe("there is no command of that name");
      expect(reasonFor([`--token=${word}`])).toBe('there is no flag "--token"');
      expect(reasonFor(["serve", word])).not.toContain(word);
    }
  });
});
