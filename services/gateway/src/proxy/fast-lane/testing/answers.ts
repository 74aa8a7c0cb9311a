import fc from "fast-check";

const name = fc.constantFrom("Content-Type", "X-A", "Date", "x_b", "Keep-Alive", "Connection", "Server");
const value = fc.oneof(
  fc.constantFrom(
    "text/plain",
    "keep-alive",
    "close",
    "timeout=5",
    "",
    " a ",
    "\ta\t",
    "caf\xe9",
    "\xa0x\xa0",
  ),
  fc.string({ maxLength: 12 }),
);
const line = fc.tuple(name, value).map(([one, other]) => `${one}: ${other}\r\n`);
/** As trailers, fields that frame as well: a parser may take them for the head's. */
const trailer = fc.oneof(
  { weight: 3, arbitrary: line },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom("Content-Length", "Transfer-Encoding", "Trailer", "content_length", "TE", "Upgrade"),
        fc.constantFrom("0", "3", "chunked", "X-T", "h2c"),
      )
      .map(([one, other]) => `${one}: ${other}\r\n`),
  },
);
const body = fc.string({ maxLength: 40 }).map((text) => Buffer.from(text).toString("latin1"));
const version = fc.constantFrom("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0");
const status = fc.constantFrom(
  "200 OK",
  "200",
  "200 ",
  "201 Made it",
  "404 Not Found",
  "204 No Content",
  "304 x",
  "500 \xe9",
);

function chunked(pieces: readonly string[]): string {
  const chunks = pieces
    .filter((piece) => piece !== "")
    .map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
  return `${chunks.join("")}0\r\n`;
}

const framed = fc.oneof(
  body.map((text) => [`Content-Length: ${text.length}\r\n`, text] as const),
  fc
    .tuple(fc.array(body, { maxLength: 4 }), fc.array(trailer, { maxLength: 2 }))
    .map(
      ([pieces, trailers]) =>
        ["Transfer-Encoding: chunked\r\n", `${chunked(pieces)}${trailers.join("")}\r\n`] as const,
    ),
  body.map((text) => ["", text] as const),
);

/** Responses as engines send them. */
const wellFormed = fc
  .tuple(version, status, fc.array(line, { maxLength: 4 }), framed)
  .map(
    ([one, two, lines, [framing, content]]) => `${one} ${two}\r\n${lines.join("")}${framing}\r\n${content}`,
  );

const SPICE = [
  "\r",
  "\n",
  "\r\n",
  "\r\n\r\n",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "\0",
  "\x7f",
  "\x80",
  "0",
  "1",
  "f",
  "+",
  "-",
  "a",
  "Content-Length: 3\r\n",
  "content-length: 0\r\n",
  "Content-Length: 3, 3\r\n",
  "Content-Length : 3\r\n",
  "Content-Length:\r\n 3\r\n",
  "\r\n folded",
  "Transfer-Encoding: gzip, chunked\r\n",
  "Transfer-Encoding: \x0bchunked\r\n",
  "Transfer_Encoding: chunked\r\n",
  "Connection: close\r\n",
  "Connection: upgrade\r\nUpgrade: h2c\r\n",
  ";ext=1",
  "FFFFFFFFF",
  "0\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Content-Length",
  "chunked",
  "HTTP/1.1 100 Continue\r\n\r\n",
];

interface Mutation {
  readonly at: number;
  readonly drop: number;
  readonly put: string;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(300),
  drop: fc.nat(3),
  put: fc.oneof(fc.constantFrom("", ...SPICE), fc.string({ maxLength: 3 })),
});

function mutated(text: string, { at, drop, put }: Mutation): string {
  const place = at % (text.length + 1);
  return text.slice(0, place) + put + text.slice(place + drop);
}

/** Responses as they should be, and all that may have become of them. Latin1. */
export const answers = fc
  .tuple(wellFormed, fc.oneof(fc.constant([]), fc.array(mutation, { minLength: 1, maxLength: 4 })))
  .map(([text, mutations]) => mutations.reduce(mutated, text))
  .map((text) => Buffer.from(text, "latin1").toString("latin1"));
