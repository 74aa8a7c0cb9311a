import { describe, expect, test } from "vitest";
import { parseForm } from "../http/form.ts";
import { readCredential } from "./client-credential.ts";

const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** Says whom an assertion names: the text before its first dot. */
const assertions = { claimedClient: (text: string) => (text.includes(".") ? text.split(".")[0] : undefined) };
const basic = (text: string) => `Basic ${Buffer.from(text, "latin1").toString("base64")}`;

function read(fields: Record<string, string>, ...authorization: string[]) {
  const form = parseForm(Buffer.from(new URLSearchParams(fields).toString()), new Set());
  if (!form.ok) throw new Error("no form");
  const credential = readCredential({ form: form.value, authorization }, assertions);
  return credential.ok ? credential.value : credential.reason.kind;
}

describe("the one credential of a request (RFC 6749 §2.3)", () => {
  test("is read from the header, the form, or an assertion", () => {
    expect(read({ client_id: "a" })).toEqual({ id: "a", method: "none" });
    expect(read({}, basic("a:"))).toEqual({ id: "a", method: "none" });
    expect(read({}, basic("a%3Ab:s%25+x"))).toEqual({
      id: "a:b",
      method: "client_secret_basic",
      secret: "s% x",
    });
    expect(read({ client_id: "a", client_secret: "s" })).toEqual({
      id: "a",
      method: "client_secret_post",
      secret: "s",
    });
    expect(read({ client_assertion: "a.b.c", client_assertion_type: JWT_BEARER })).toEqual({
      id: "a",
      method: "private_key_jwt",
      assertion: "a.b.c",
    });
  });

  test("two of them are refused, and so are two headers", () => {
    const assertion = { client_assertion: "a.b.c", client_assertion_type: JWT_BEARER };
    expect(read({ client_secret: "s" }, basic("a:s"))).toBe("malformed_request");
    expect(read({ client_id: "a", client_secret: "s", ...assertion })).toBe("malformed_request");
    expect(read(assertion, basic("a:s"))).toBe("malformed_request");
    expect(read({}, basic("a:s"), basic("a:s"))).toBe("malformed_request");
  });

  test("and so are two ids, and an id that could not be a header (S09)", () => {
    expect(read({ client_id: "b" }, basic("a:s"))).toBe("client_malformed");
    expect(read({ client_id: "b", client_assertion: "a.b.c", client_assertion_type: JWT_BEARER })).toBe(
      "client_malformed",
    );
    for (const id of ["a b", "a\n", "ä", "x".repeat(256)])
      expect(read({ client_id: id })).toBe("client_malformed");
    expect(read({}, basic(":s"))).toBe("client_malformed");
    expect(read({})).toBe("client_unidentified");
  });

  test("an assertion of another type, or half of one, is not passed over", () => {
    expect(read({ client_id: "a", client_assertion: "a.b.c" })).toBe("client_credential_unknown");
    expect(read({ client_id: "a", client_assertion_type: JWT_BEARER })).toBe("client_credential_unknown");
    expect(read({ client_id: "a", client_assertion: "a.b.c", client_assertion_type: "urn:x" })).toBe(
      "client_credential_unknown",
    );
    expect(read({ client_assertion: "x", client_assertion_type: JWT_BEARER })).toBe(
      "client_assertion_refused",
    );
  });

  test("what is not Basic, or not well encoded, names nobody", () => {
    for (const header of ["Bearer x", "Basic ?", "Basic", basic("no-colon"), basic("%zz:s")]) {
      expect(read({ client_id: "a" }, header)).toBe("client_malformed");
    }
  });
});
