import { describe, expect, test } from "vitest";
import { type Reading, readWhole } from "./testing/read-whole.ts";

const OK = "HTTP/1.1 200 OK\r\n";

function read(text: string, bodiless = false): Reading {
  const whole = readWhole([text], { bodiless });
  // Whatever the network cuts it into, it reads the same.
  const trickled = readWhole([...text], { bodiless });
  expect(whole.progress === "invalid" ? trickled.progress : trickled).toEqual(
    whole.progress === "invalid" ? "invalid" : whole,
  );
  return whole;
}

describe("a plain response", () => {
  test("is read by its length, in any pieces", () => {
    expect(read(`${OK}Content-Length: 5\r\nX-A: \t b c \t\r\n\r\nhello`)).toEqual({
      progress: "end",
      keep: true,
      surplus: false,
      status: 200,
      reason: "OK",
      lines: ["Content-Length", "5", "X-A", "b c"],
      body: "hello",
      trailers: [],
      interim: [],
    });
  });

  test("is read by its chunks, with what follows them", () => {
    const answer = read(
      `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n00a\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n`,
    );
    expect(answer).toMatchObject({
      progress: "end",
      keep: true,
      body: "hello0123456789",
      trailers: ["X-T", "1"],
    });
  });

  test("without a length ends with its connection, which then serves no other", () => {
    expect(read(`${OK}\r\nhello`)).toMatchObject({ progress: "end", keep: false, body: "hello" });
  });

  test("to 204 and 304 has no body", () => {
    expect(read("HTTP/1.1 204 \r\n\r\n")).toMatchObject({ progress: "end", keep: true, body: "" });
    expect(read("HTTP/1.1 304\r\n\r\n")).toMatchObject({ progress: "end", keep: true, body: "" });
  });

  test.each([
    ["to HEAD, with a length", `${OK}Content-Length: 5\r\n\r\n`, true],
    ["to HEAD, without one", `${OK}\r\n`, true],
    ["to HEAD, chunked", `${OK}Transfer-Encoding: chunked\r\n\r\n`, true],
    ["304 with a length", "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", false],
    ["304 chunked", "HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n", false],
  ])(
    "S15: %s has no body, and its connection serves no other, lest the body comes all the same",
    (_name, text, bodiless) => {
      expect(read(text, bodiless)).toMatchObject({ progress: "end", keep: false, body: "" });
    },
  );

  test("may come after interim ones", () => {
    expect(read(`HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n${OK}Content-Length: 0\r\n\r\n`)).toMatchObject({
      progress: "end",
      status: 200,
    });
  });

  test.each([
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"],
    ["Connection: close", `${OK}Connection: close\r\nContent-Length: 2\r\n\r\n{}`],
  ])("closes the connection: %s", (_name, text) => {
    expect(read(text)).toMatchObject({ progress: "end", keep: false, body: "{}" });
  });

  test("S15: bytes behind it show", () => {
    expect(readWhole([`${OK}Content-Length: 2\r\n\r\n{}HTTP/1.1 200 OK`])).toMatchObject({ surplus: true });
    expect(readWhole([`${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nx`])).toMatchObject({ surplus: true });
  });
});

describe("S15: refused, because two parsers may read it differently", () => {
  test.each([
    ["both framings", `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["two lengths, equal ones too", `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`],
    ["a list of lengths", `${OK}Content-Length: 2, 2\r\n\r\n{}`],
    ["a signed length", `${OK}Content-Length: +2\r\n\r\n{}`],
    ["space behind a length", `${OK}Content-Length: 2 \r\n\r\n{}`],
    ["a tab behind chunked", `${OK}Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n`],
    ["an empty length", `${OK}Content-Length:\r\n\r\n{}`],
    ["a coding beneath chunked", `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ["chunked twice", `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["chunks on HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a 204 with a body", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}"],
    ["a folded line", `${OK}X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n`],
    ["a space before the colon", `${OK}Content-Length : 0\r\n\r\n`],
    ["a name that is no token", `${OK}X A: b\r\nContent-Length: 0\r\n\r\n`],
    ["a line without a colon", `${OK}nonsense\r\nContent-Length: 0\r\n\r\n`],
    ["a bare LF", `${OK}X-A: b\nContent-Length: 0\r\n\r\n`],
    ["bare LFs alone", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"],
    ["a bare CR", `${OK}X-A: b\rc\r\nContent-Length: 0\r\n\r\n`],
    ["a NUL", `${OK}X-A: b\0c\r\nContent-Length: 0\r\n\r\n`],
    ["another version", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ["another protocol", "SSH-2.0-OpenSSH\r\n"],
    ["a chunk extension", `${OK}Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n`],
    ["a space after a chunk's size", `${OK}Transfer-Encoding: chunked\r\n\r\n2 \r\n{}\r\n0\r\n\r\n`],
    ["a chunk with a prefix", `${OK}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n`],
    ["a chunk longer than it says", `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n`],
    ["a chunk without a size", `${OK}Transfer-Encoding: chunked\r\n\r\n\r\n{}\r\n0\r\n\r\n`],
    ["a chunk ended by LF", `${OK}Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n`],
    ...[
      "Content-Length: 3",
      "content-length: 0",
      "TRANSFER-ENCODING: chunked",
      "Trailer: X-T",
      "Connection: close",
      "Keep-Alive: timeout=5",
      "Upgrade: h2c",
      "Host: x",
      "TE: trailers",
    ].map((line) => [
      `a trailer that frames (${line})`,
      `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nX-T: 1\r\n${line}\r\n\r\n`,
    ]),
    [
      "a chunk's size beyond eight digits",
      `${OK}Transfer-Encoding: chunked\r\n\r\n100000000\r\n{}\r\n0\r\n\r\n`,
    ],
    ["a length beyond what a number holds", `${OK}Content-Length: 9999999999999999\r\n\r\n{}`],
    ["a length in hex", `${OK}Content-Length: 0x2\r\n\r\n{}`],
    ["a fraction", `${OK}Content-Length: 2.0\r\n\r\n{}`],
    ["a coding above chunked", `${OK}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ["an empty coding", `${OK}Transfer-Encoding:\r\n\r\n0\r\n\r\n`],
    ["a coding with a vertical tab", `${OK}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
    [
      "an interim response with a length",
      `HTTP/1.1 100 x\r\nContent-Length: 2\r\n\r\n${OK}Content-Length: 0\r\n\r\n`,
    ],
    ["an interim response with chunks", `HTTP/1.1 103 x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["a chunk that ends without its CRLF", `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n`],
    ["a negative chunk", `${OK}Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n`],
    ["an empty line before the head", `\r\n${OK}Content-Length: 0\r\n\r\n`],
    ["a first line that is folded", `HTTP/1.1 200\r\n OK\r\nContent-Length: 0\r\n\r\n`],
    ["a tab between version and status", `HTTP/1.1\t200 OK\r\nContent-Length: 0\r\n\r\n`],
    ["a status of four digits", `HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n`],
    ["a name without letters, only a colon", `${OK}: x\r\nContent-Length: 0\r\n\r\n`],
    ["a folded trailer", `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nX-T: a\r\n b\r\n\r\n`],
  ])("%s", (_name, text) => {
    expect(read(text).progress).toBe("invalid");
  });

  test("a head beyond the bound, whole or never ending", () => {
    expect(readWhole([`${OK}X-A: ${"a".repeat(5000)}\r\n\r\n`]).progress).toBe("invalid");
    expect(readWhole([`${OK}X-A: ${"a".repeat(5000)}`]).progress).toBe("invalid");
    expect(readWhole([`${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nX: ${"a".repeat(5000)}`]).progress).toBe(
      "invalid",
    );
  });

  test("interim responses without end", () => {
    expect(readWhole(["HTTP/1.1 100 Continue\r\n\r\n".repeat(100)]).progress).toBe("invalid");
  });

  test("a body that its connection cuts short", () => {
    expect(read(`${OK}Content-Length: 5\r\n\r\nhell`).progress).toBe("invalid");
    expect(read(`${OK}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`).progress).toBe("invalid");
    expect(read("HTTP/1.1 200 O").progress).toBe("invalid");
  });
});
