import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { hashClientSecret, isClientSecret } from "./client-secret.ts";

const [key, older] = [randomBytes(32), randomBytes(32)] as const;

test("knows a secret by its hash, and no other secret, client or key", () => {
  const client = { id: "coder", secretHash: hashClientSecret(key, "coder", "s3cret") };
  expect(isClientSecret([key], client, "s3cret")).toBe(true);
  expect(isClientSecret([key], client, "s3cret ")).toBe(false);
  expect(isClientSecret([key], { ...client, id: "other" }, "s3cret")).toBe(false);
  expect(isClientSecret([older], client, "s3cret")).toBe(false);
  expect(isClientSecret([key], { ...client, secretHash: "" }, "")).toBe(false);
});

test("S13: a secret made before ATTACH_SECRET was rotated still fits", () => {
  const client = { id: "coder", secretHash: hashClientSecret(older, "coder", "s3cret") };
  expect(isClientSecret([key, older], client, "s3cret")).toBe(true);
});
