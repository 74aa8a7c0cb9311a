import fastify from "fastify";
import { expect, test } from "vitest";
import { describeSchemaError } from "./schema-error.ts";

const app = fastify({
  ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  schemaErrorFormatter: describeSchemaError,
});
const named = { type: "object", additionalProperties: false };
const endpoint = { ...named, required: ["url"], properties: { url: { type: "string" } } };
app.post("/", {
  schema: {
    querystring: { ...named, properties: { limit: { type: "string", pattern: "^[0-9]+$" } } },
    body: {
      ...named,
      maxProperties: 1,
      minProperties: 1,
      properties: {
        ttl: { type: "integer", minimum: 30 },
        status: { enum: ["active", "suspended"] },
        endpoint,
      },
    },
  },
  handler: () => "fits",
});

async function complaint(payload: object, query = {}): Promise<unknown> {
  const answer = await app.inject({ method: "POST", url: "/", payload, query });
  return (answer.json() as { message: unknown }).message;
}

test("names the member that is wrong", async () => {
  expect(await complaint({ tll: 30 })).toBe("the body may not have tll");
  expect(await complaint({ ttl: 10 })).toBe("ttl must be >= 30");
  expect(await complaint({ ttl: "x" })).toBe("ttl must be integer");
  expect(await complaint({ status: "gone" })).toBe("status must be one of active, suspended");
  expect(await complaint({ endpoint: {} })).toBe("endpoint lacks url");
  expect(await complaint({ endpoint: { url: "x", uri: "y" } })).toBe("endpoint may not have uri");
  expect(await complaint({})).toBe("the body must have at least 1 member");
  expect(await complaint({ ttl: 30, status: "active" })).toBe("the body must have at most 1 member");
  expect(await complaint({ ttl: 30 }, { limit: "ten" })).toBe("limit is not written as it must be");
  expect(await complaint({ ttl: 30 }, { page: "1" })).toBe("the query may not have page");
});

test("repeats no more of what was sent than a word", async () => {
  for (const name of ["a\nforged line", "sk_51HxT0k3nLike", "x".repeat(25)])
    expect(await complaint({ [name]: 1 })).toBe("the body may not have a member of that name");
});
