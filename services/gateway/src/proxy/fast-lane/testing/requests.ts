import fc from "fast-check";

/** Text as it should be, with now and then what could break out of its place. */
const spiced = (plain: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 4, arbitrary: plain },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          plain,
          fc.constantFrom("\r\n", "\n", "\r", " ", "\t", "\0", ":", "\x7f", "\xe9", "\u010a", ""),
          plain,
        )
        .map((parts) => parts.join("")),
    },
  );

const method = spiced(
  fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "M-SEARCH"),
);
const path = spiced(fc.stringMatching(/^[!-~]{0,20}$/).map((text) => `/${text.replace(/[#\\]/g, "")}`));
const name = spiced(fc.constantFrom("Accept", "X-A", "Content-Type", "x_b", "User-Agent", "X-Attach-User"));
const value = spiced(
  fc.oneof(fc.constantFrom("*/*", "text/plain", "a b", "x"), fc.stringMatching(/^[!-~]{1,12}$/)),
);
const body = fc.option(
  fc.oneof(
    fc.constantFrom("", "GET / HTTP/1.1\r\n\r\n", "0\r\n\r\n", "{}"),
    fc.string({ unit: "binary", maxLength: 30 }),
  ),
);

/** Requests that a caller may make of us, and what no station should have let through. */
export const requests = fc.record({
  method,
  path,
  headers: fc.array(fc.tuple(name, value), { maxLength: 4 }).map((pairs) => pairs.flat()),
  body,
});
