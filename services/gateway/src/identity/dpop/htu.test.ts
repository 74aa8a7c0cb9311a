import { expect, test } from "vitest";
import { namesThisRequest } from "./htu.ts";

const ORIGINS = new Set(["https://gateway.example", "http://localhost:8080", "http://[::1]:8080"]);
const names = (htu: string, target: string) => namesThisRequest(htu, target, ORIGINS);

test.each([
  ["https://gateway.example/api/chat", "/api/chat"],
  ["https://gateway.example/api/chat", "/api/chat?stream=1"],
  ["https://gateway.example/api/chat?x=1#y", "/api/chat?z"],
  ["HTTPS://Gateway.Example/api/chat", "/api/chat"],
  ["https://gateway.example:443/api/chat", "/api/chat"],
  ["https://gateway.example", "/"],
  ["https://gateway.example?x", "/"],
  ["https://gateway.example/", "/"],
  ["http://localhost:8080/a", "/a"],
  ["http://[::1]:8080/a", "/a"],
  ["https://gateway.example/%7Euser/%e2%82%ac", "/~user/%E2%82%AC"],
])("%s names the request for %s", (htu, target) => {
  expect(names(htu, target)).toBe(true);
});

test.each([
  ["https://gateway.example/api/Chat", "/api/chat"],
  ["https://gateway.example/api/chat/", "/api/chat"],
  ["https://gateway.example/api", "/api/chat"],
  ["https://gateway.example/x/../api/chat", "/api/chat"],
  ["https://gateway.example//api/chat", "/api/chat"],
  ["https://gateway.example/a%2Fb", "/a/b"],
  ["https://gateway.example:8443/a", "/a"],
  ["http://gateway.example/a", "/a"],
  ["https://gateway.example.evil.test/a", "/a"],
  ["https://gateway.example@evil.test/a", "/a"],
  ["https://user@gateway.example/a", "/a"],
  ["https://evil.test/https://gateway.example/a", "/a"],
  ["https://evil.test\\@gateway.example/a", "/a"],
  ["https:\\\\gateway.example/a", "/a"],
  ["https:gateway.example/a", "/a"],
  ["//gateway.example/a", "/a"],
  ["/a", "/a"],
  [" https://gateway.example/a", "/a"],
  ["https://gateway.example/a ", "/a"],
  ["https://gateway.example/a\n", "/a"],
  ["https://gate\tway.example/a", "/a"],
  ["https://gateway。example/a", "/a"],
  ["", "/"],
])("S11: %j does not name the request for %s", (htu, target) => {
  expect(names(htu, target)).toBe(false);
});
