import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { agentLines } from "../../services/gateway/src/cli/agents/table.ts";
import { startDeviceProvider } from "../support/device-provider.ts";
import { runProgram } from "../support/program.ts";

// JSON escapes the control characters below U+0020 and no others: U+009B, which many terminals take for ESC [, and the marks that
// turn text around went through from a provider's metadata, and from the name of somebody's agent to the administrator who lists it.
const HOSTILE = "\u009b2J\u202e\u001b[31m";
const home = mkdtempSync(join(tmpdir(), "attach-home-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test("a provider's name for itself does not reach the terminal as it is", async () => {
  const provider = await startDeviceProvider({ metadata: { issuer: `https://else.test/${HOSTILE}` } });
  try {
    await using one = await runProgram(["login", "--issuer", provider.issuer, "--client-id", "cli"], {
      HOME: home,
    });
    expect(await one.ended()).toBe(1);
    expect(one.stderr()).toContain("https://else.test/\\u{9b}2J\\u{202e}");
    expect(one.stderr()).not.toMatch(/[^\P{C}\n]/u);
  } finally {
    await provider.close();
  }
});

test("an agent's name does not either", () => {
  const agent = { id: "a", name: HOSTILE, owner: { iss: "https://idp.test", sub: "bob" } };
  expect(agentLines(agent as unknown as Parameters<typeof agentLines>[0]).join("\n")).not.toMatch(
    /[^\P{C}\n]/u,
  );
});
