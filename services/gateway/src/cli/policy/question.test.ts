import { describe, expect, test } from "vitest";
import { CliError } from "../cli-error.ts";
import type { ToolFlags } from "../tool.ts";
import { readQuestion } from "./question.ts";

const AROUND = {
  publicUrl: "https://gw.example",
  upstream: { name: "default", url: "http://localhost:11434" },
};
const USER = "https://idp.example|alice";

const read = (flags: Readonly<Record<string, string>>, around = AROUND) =>
  readQuestion(
    Object.fromEntries(Object.entries(flags).map(([name, value]) => [name, [value]])) as ToolFlags,
    around,
  );

describe("the question that the flags of policy explain describe", () => {
  test("a call is what the gateway would ask: normalised, with the scope of its route", () => {
    const question = read({ user: USER, path: "/API/Pull/?x=1", method: "post", model: "m" });
    expect(question).toMatchObject({
      action: "call",
      method: "POST",
      path: "/api/pull",
      scope: "llm:admin",
      upstream: "default",
      model: "m",
      principal: { kind: "user", owner: { iss: "https://idp.example", sub: "alice" }, jkt: null },
    });
  });

  test("an upstream with a path of its own is judged as the relay judges it", () => {
    const around = { ...AROUND, upstream: { name: "openai", url: "https://api.example/v1" } };
    expect(read({ user: USER, path: "/files", method: "GET" }, around)).toMatchObject({ scope: "llm:admin" });
  });

  test("an agent with its chain, its standing and its key", () => {
    const flags = {
      user: USER,
      path: "/",
      agent: "coder",
      chain: "planner, boss",
      registered: "",
      bound: "",
    };
    expect(read(flags)).toMatchObject({
      principal: {
        kind: "agent",
        agent: "coder",
        act: { sub: "coder", act: { sub: "planner", act: { sub: "boss" } } },
        agentAuth: "private_key_jwt",
        jkt: "bound",
      },
    });
  });

  test("an exchange and a hand-on", () => {
    const flags = { user: USER, to: "coder", scope: "llm:read,memory:write" };
    expect(read({ ...flags, action: "exchange", service: "" })).toMatchObject({
      agent: "coder",
      registered: false,
      scopes: ["llm:read", "memory:write"],
      audience: "https://gw.example",
      subject: { kind: "service" },
    });
    expect(read({ ...flags, action: "delegate", agent: "planner", "to-registered": "" })).toMatchObject({
      from: "planner",
      to: "coder",
      registered: true,
    });
  });

  test("a service account that asks for itself", () => {
    const user = "https://gw.example|night-job";
    expect(read({ user, action: "account", scope: "llm:read" })).toMatchObject({
      action: "account",
      agent: "night-job",
      registered: true,
      scopes: ["llm:read"],
      subject: { kind: "service", owner: { iss: "https://gw.example", sub: "night-job" } },
    });
  });

  test.each([
    [{ path: "/" }, "--user is missing"],
    [{ user: "alice", path: "/" }, "--user must be issuer and subject"],
    [{ user: USER }, "--path is missing"],
    [{ user: USER, path: "/a//b" }, "--path is one that the gateway refuses"],
    [{ user: USER, action: "guess" }, "--action must be one of"],
    [{ user: USER, action: "exchange" }, "--to is missing"],
    [{ user: USER, action: "delegate", to: "b" }, "needs --agent"],
    [{ user: USER, path: "/", agent: "ä" }, "--agent must be visible ASCII"],
    [{ user: USER, path: "/", scope: 'a"b' }, "--scope must be a list"],
  ])("%j: %s", (flags, told) => {
    expect(() => read(flags as Record<string, string>)).toThrow(CliError);
    expect(() => read(flags as Record<string, string>)).toThrow(told);
  });
});
