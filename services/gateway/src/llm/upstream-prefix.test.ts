import { expect, test } from "vitest";
import { readTarget } from "../http/path.ts";
import { readPrefix } from "./upstream-prefix.ts";

const read = (raw: string) => {
  const target = readTarget(raw);
  return target.ok ? readPrefix(target.value) : "refused";
};

test.each([
  ["/upstreams/a/v1/chat?x=/y/z", "a", "/v1/chat", "/v1/chat?x=/y/z"],
  ["/Upstreams/A/API/Pull/", "a", "/api/pull", "/API/Pull/"],
  ["/%75pstreams/%61/oauth/%74oken", "a", "/oauth/token", "/oauth/%74oken"],
  ["/upstreams/a", "a", "/", "/"],
  ["/upstreams/a?q=1", "a", "/", "/?q=1"],
  ["/upstreams/a/", "a", "/", "/"],
])("S14: %s is %s's %s, and goes there as %s", (raw, name, path, sent) => {
  expect(read(raw)).toMatchObject({ name, target: { path, raw: sent } });
});

test.each([
  "/upstreams/a//x",
  "/upstreams/a/../b",
  "/upstreams/a/%2e%2e/b",
  "/upstreams/a%2fb",
  "/upstreams/a;/b",
])("S14: %s is refused, with a prefix as without", (raw) => {
  expect(read(raw)).toBe("refused");
});

test("other paths have no prefix, and a prefix needs a name", () => {
  expect(read("/upstreamsx/a")).toBeUndefined();
  expect(read("/v1/upstreams/a")).toBeUndefined();
  expect(read("/upstreams")).toBeNull();
});
