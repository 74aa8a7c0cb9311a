import { describe, expect, test } from "vitest";
import { createKeyring } from "./keyring.ts";

const OLD = "an old secret of more than thirty-two bytes";
const NEW = "a new secret of more than thirty-two bytes!";

describe("S13: the keyring", () => {
  test("opens what it sealed, and only as what it was sealed", () => {
    const keyring = createKeyring(OLD);
    const sealed = keyring.seal("signing-keys", "kid-1", "private");
    expect(keyring.open("signing-keys", "kid-1", sealed).toString()).toBe("private");
    expect(() => keyring.open("signing-keys", "kid-2", sealed)).toThrow(/damaged/);
    expect(() => keyring.open("secret-check", "kid-1", sealed)).toThrow(/damaged/);
  });

  test("shows nothing of the plaintext, and never seals the same twice alike", () => {
    const keyring = createKeyring(OLD);
    const sealed = keyring.seal("signing-keys", "kid-1", "private");
    expect(sealed).not.toContain("private");
    expect(keyring.seal("signing-keys", "kid-1", "private")).not.toBe(sealed);
  });

  test("refuses sealed text with any part altered, cut or added", () => {
    const keyring = createKeyring(OLD);
    const sealed = keyring.seal("signing-keys", "kid-1", "private");
    const body = sealed.split(".")[2] ?? "";
    const flipped = Buffer.from(body, "base64url");
    for (let index = 0; index < flipped.length; index++) {
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      const altered = sealed.replace(body, flipped.toString("base64url"));
      expect(() => keyring.open("signing-keys", "kid-1", altered)).toThrow(/damaged/);
      flipped[index] = (flipped[index] ?? 0) ^ 1;
    }
    for (const wrong of ["", "v1", `${sealed}.x`, sealed.replace("v1.", "v2."), sealed.slice(0, 30)]) {
      expect(() => keyring.open("signing-keys", "kid-1", wrong)).toThrow();
    }
  });

  test("opens with a previous secret and seals with the newest", () => {
    const sealed = createKeyring(OLD).seal("signing-keys", "kid-1", "private");
    const rotated = createKeyring(`${NEW}, ${OLD}`);
    expect(rotated.open("signing-keys", "kid-1", sealed).toString()).toBe("private");
    const resealed = rotated.seal("signing-keys", "kid-1", "private");
    expect(createKeyring(NEW).open("signing-keys", "kid-1", resealed).toString()).toBe("private");
    expect(() => createKeyring(OLD).open("signing-keys", "kid-1", resealed)).toThrow(/does not list/);
  });

  test("derives a key of its own for every purpose, always the same", () => {
    const keyring = createKeyring(OLD);
    expect(keyring.subkey("sessions")).toHaveLength(32);
    expect(keyring.subkey("sessions")).toEqual(createKeyring(OLD).subkey("sessions"));
    expect(keyring.subkey("sessions")).not.toEqual(keyring.subkey("signing-keys"));
    expect(keyring.subkey("sessions")).not.toEqual(createKeyring(NEW).subkey("sessions"));
  });

  test("counts bytes, not characters, and refuses a short secret anywhere in the list", () => {
    expect(() => createKeyring("é".repeat(16))).not.toThrow();
    for (const short of ["", ",", "x".repeat(31), `${NEW},short`, `${NEW},`]) {
      expect(() => createKeyring(short)).toThrow(/at least 32 bytes/);
    }
    expect(() => createKeyring("hunter2")).not.toThrow(/hunter2/);
  });
});
