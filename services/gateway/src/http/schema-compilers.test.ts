import fastify from "fastify";
import Type from "typebox";
import { expect, test } from "vitest";
import { schemaCompilers } from "./schema-compilers.ts";
import { describeSchemaError } from "./schema-error.ts";

const app = fastify({
  schemaController: { compilersFactory: schemaCompilers },
  schemaErrorFormatter: describeSchemaError,
});
const strict = { additionalProperties: false };
const Word = Type.String({ pattern: "^[a-z]+$" });
const Body = Type.Object({ name: Word, ttl: Type.Optional(Type.Integer({ minimum: 30 })) }, strict);
const Query = Type.Object({ since: Type.Optional(Type.String({ format: "date-time" })) }, strict);
app.post("/", { schema: { body: Body, querystring: Query }, handler: ({ body }) => body });

async function ask(payload: object, query: Record<string, string> = {}) {
  const answer = await app.inject({ method: "POST", url: "/", payload, query });
  return [answer.statusCode, answer.statusCode === 200 ? answer.body : answer.json().message];
}

test("takes what fits, as it was sent", async () => {
  const since = "2026-01-01T00:00:00Z";
  expect(await ask({ name: "alice", ttl: 30 }, { since })).toEqual([200, '{"name":"alice","ttl":30}']);
});

test("refuses what does not fit, and makes nothing fit", async () => {
  expect(await ask({ name: "alice", ttl: "30" })).toEqual([400, "ttl must be integer"]);
  expect(await ask({ name: "alice", ttl: 29 })).toEqual([400, "ttl must be >= 30"]);
  expect(await ask({ name: "alice" }, { since: "yesterday" })).toEqual([
    400,
    'since must match format "date-time"',
  ]);
});

test("names the member that is missing or too many", async () => {
  expect(await ask({})).toEqual([400, "the body lacks name"]);
  expect(await ask({ name: "alice", tll: 30 })).toEqual([400, "the body may not have tll"]);
});
