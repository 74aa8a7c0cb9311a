import { describe, expect, test } from "vitest";
import { readCard } from "./read.ts";

const ENDPOINT = "https://agent.example/base";
const modern = (more: object = {}) => ({
  name: "Agent",
  version: "1",
  supportedInterfaces: [
    { url: "https://agent.example/rpc", protocolBinding: "JSONRPC", protocolVersion: "1.0", tenant: "t" },
  ],
  ...more,
});

describe("a card", () => {
  test("of 1.0 says where the agent listens, and its tenant", () => {
    const [one] = readCard(modern(), ENDPOINT)?.interfaces ?? [];
    expect(one).toMatchObject({ binding: "JSONRPC", era: "1.0", tenant: "t" });
    expect(one?.url.href).toBe("https://agent.example/rpc");
  });

  test("of 0.3 does so in its own members; a hybrid has both", () => {
    const legacy = {
      name: "Agent",
      protocolVersion: "0.3.0",
      url: "https://agent.example/old",
      additionalInterfaces: [{ url: "https://agent.example/v1", transport: "HTTP+JSON" }],
    };
    const eras = (card: object) =>
      readCard(card as never, ENDPOINT)?.interfaces.map(({ binding, era }) => `${binding} ${era}`);
    expect(eras(legacy)).toEqual(["JSONRPC 0.3", "HTTP+JSON 0.3"]);
    expect(eras({ ...modern(), ...legacy })).toEqual(["JSONRPC 1.0", "JSONRPC 0.3", "HTTP+JSON 0.3"]);
  });

  test.each([
    "https://other.example/rpc",
    "http://agent.example/rpc",
    "https://agent.example:8443/rpc",
    "https://agent.example.evil.test/rpc",
    "https://user:pw@agent.example/rpc",
    "file:///etc/passwd",
    "/rpc",
    7,
  ])("S18: an interface at %s is left out", (url) => {
    const card = modern({
      supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    });
    expect(readCard(card as never, ENDPOINT)?.interfaces).toEqual([]);
  });

  test("of a2a-js's own form (`$case`), and one that is full of junk, is read without harm", () => {
    const odd = modern({
      securitySchemes: { own: { scheme: { $case: "httpAuthSecurityScheme", value: {} } } },
      skills: [null, 7, { id: "" }, { id: "s", tags: "x", examples: [1, "e"], securityRequirements: ["?"] }],
      capabilities: "yes",
      defaultInputModes: { length: 3 },
    });
    const card = readCard(odd as never, ENDPOINT);
    expect(card?.skills).toMatchObject([{ id: "s", tags: [], examples: ["e"], needs: [[]] }]);
    expect(card).toMatchObject({ streaming: false, inputModes: [] });
    for (const none of [null, [], "card", {}, { name: 7 }])
      expect(readCard(none as never, ENDPOINT)).toBeUndefined();
  });

  test("is bounded in every part", () => {
    const long = "x".repeat(100_000);
    const many = Array.from({ length: 5_000 }, (_one, index) => ({ id: `s${index}`, description: long }));
    const card = readCard(modern({ name: long, description: long, skills: many }) as never, ENDPOINT);
    expect(JSON.stringify(card).length).toBeLessThan(3_000_000);
  });
});
