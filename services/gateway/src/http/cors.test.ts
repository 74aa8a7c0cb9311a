import fastify from "fastify";
import { expect, test } from "vitest";
import { cors } from "./cors.ts";

const PAGE = "https://app.example";

async function build() {
  const app = fastify();
  app.addHook("onRequest", cors([PAGE]));
  app.addHook("onRequest", (request, _reply, done) => {
    done(
      request.headers.authorization === undefined
        ? Object.assign(new Error("no"), { statusCode: 401 })
        : undefined,
    );
  });
  app.all("/*", (_request, reply) => reply.send("reached"));
  await app.ready();
  return app;
}

test("S19: answers a preflight of a listed origin before authentication, without credentials", async () => {
  const app = await build();
  const headers = {
    origin: PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization",
  };
  const response = await app.inject({ method: "OPTIONS", url: "/api/chat", headers });
  expect(response.statusCode).toBe(204);
  expect(response.headers["access-control-allow-origin"]).toBe(PAGE);
  expect(response.headers["access-control-allow-headers"]).toBe("authorization");
  expect(response.headers["access-control-allow-credentials"]).toBeUndefined();
});

test.each([
  "https://app.example.evil",
  "https://APP.example",
  "http://app.example",
  "null",
  "https://app.example:443",
])("S19: gives nothing to the unlisted origin %s", async (origin) => {
  const app = await build();
  const response = await app.inject({ url: "/x", headers: { origin, authorization: "Bearer x" } });
  expect(response.headers["access-control-allow-origin"]).toBeUndefined();
  const preflight = await app.inject({
    method: "OPTIONS",
    url: "/x",
    headers: { origin, "access-control-request-method": "POST" },
  });
  expect(preflight.statusCode).toBe(401);
});

test("S19: a listed origin reads the answer, an error included, and no cache confuses it with another", async () => {
  const app = await build();
  const allowed = await app.inject({ url: "/x", headers: { origin: PAGE, authorization: "Bearer x" } });
  expect(allowed.headers).toMatchObject({ "access-control-allow-origin": PAGE, vary: "Origin" });
  const refused = await app.inject({ url: "/x", headers: { origin: PAGE } });
  expect(refused.statusCode).toBe(401);
  expect(refused.headers["access-control-allow-origin"]).toBe(PAGE);
});

test("S19: an ordinary OPTIONS of a listed origin goes on to its route", async () => {
  const app = await build();
  const response = await app.inject({
    method: "OPTIONS",
    url: "/x",
    headers: { origin: PAGE, authorization: "Bearer x" },
  });
  expect(response.body).toBe("reached");
});
