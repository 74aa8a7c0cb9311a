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

test("S13: a secret that has fitted once opens nothing else: no other client, no changed record, no other keys", () => {
  const keys = [key];
  const client = { id: "coder", secretHash: hashClientSecret(key, "coder", "s3cret") };
  for (const _ of [1, 2]) expect(isClientSecret(keys, client, "s3cret")).toBe(true);
  expect(isClientSecret(keys, client, "S3cret")).toBe(false);
  expect(isClientSecret(keys, { ...client, id: "other" }, "s3cret")).toBe(false);
  const changed = { id: "coder", secretHash: hashClientSecret(key, "coder", "another") };
  expect(isClientSecret(keys, changed, "s3cret")).toBe(false);
  expect(isClientSecret(keys, changed, "another")).toBe(true);
  expect(isClientSecret([older], client, "s3cret")).toBe(false);
});
