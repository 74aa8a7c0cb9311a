import { describe, expect, it } from "vitest";
import { readResponseHead, readTrailers } from "./response-headers.ts";

const raw = (...parts: string[]) => parts.map((part) => Buffer.from(part, "latin1"));
const JSON_TYPE = ["Content-Type", "application/json"];

describe("response heads", () => {
  it("keeps order, repetitions, case and latin1 values", () => {
    const parts = ["X-B", "2", "x-a", "caf\xe9", "X-B", "3", ...JSON_TYPE];
    expect(readResponseHead(raw(...parts))).toMatchObject({ headers: parts, length: undefined });
  });

  it("takes the length out, to be made anew from what is sent (S15)", () => {
    expect(readResponseHead(raw("content-length", "12", ...JSON_TYPE))).toMatchObject({
      headers: JSON_TYPE,
      length: 12,
    });
  });

  it.each([
    [["Content-Length", "1", "Transfer-Encoding", "chunked"]],
    [["Content-Length", "1", "content-length", "1"]],
    [["Content-Length", "1, 1"]],
    [["Content-Length", "-1"]],
    [["Content-Length", ""]],
    [["Transfer-Encoding", "gzip, chunked"]],
    [["Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"]],
    [["Transfer-Encoding", "identity"]],
  ])("S15: refuses what two parsers may frame differently: %j", (parts) => {
    expect(readResponseHead(raw(...parts))).toBeUndefined();
  });

  it("S17: drops challenges, cookies, CORS and identity in every spelling, and what is nominated", () => {
    const parts = [
      "WWW_Authenticate",
      "x",
      "Set-Cookie",
      "x",
      "access-control-allow-origin",
      "*",
      "X_Attach_User",
      "x",
    ];
    const nominated = ["Connection", "x-hop", "X_Hop", "1", "Connection", "close"];
    expect(readResponseHead(raw(...parts, ...nominated, ...JSON_TYPE))?.headers).toEqual(JSON_TYPE);
  });

  it.each([
    ["text/html", true],
    ["TEXT/HTML; charset=utf-8", true],
    ["application/xhtml+xml", true],
    ["image/svg+xml", true],
    ["text/xml", true],
    ["application/javascript", true],
    ["application/json-evil", true],
    ["text/plain;charset=utf-8", false],
    ["text/event-stream", false],
    ["application/json", false],
    ["application/problem+json; charset=utf-8", false],
    ["application/x-ndjson", false],
    ["audio/mpeg", false],
    ["image/png", false],
    ["", true],
  ])("S17: sandboxes what a browser could run: %s %s", (type, sandboxed) => {
    const headers = readResponseHead(raw("Content-Type", type))?.headers ?? [];
    expect(headers.includes("Content-Security-Policy")).toBe(sandboxed);
    expect(headers.includes("nosniff")).toBe(sandboxed);
  });

  it("S17: sandboxes an answer that does not say what it is", () => {
    expect(readResponseHead([])?.headers).toContain("sandbox");
  });

  it("reads trailers, without what frames, authenticates or identifies", () => {
    const trailers = raw(
      "X-Sum",
      "1",
      "Content-Length",
      "5",
      "Set-Cookie",
      "a",
      "x-attach-user",
      "bob",
      "Trailer",
      "y",
    );
    expect(readTrailers(trailers)).toEqual([["X-Sum", "1"]]);
  });
});
