import { expect, test } from "vitest";
import { loadConfig } from "../../services/gateway/src/config/load.ts";
import { isAllowed } from "../../services/gateway/src/identity/did/allow.ts";
import { createWebKeys } from "../../services/gateway/src/identity/did/web.ts";
import { silentLog } from "../../services/gateway/src/identity/log.ts";
import { makeDidKey } from "../support/did.ts";

// `*` names no host of did:web, because who may log in also decides where this machine sends requests to. `did:web:*` did.
test("`did:web:*` names no host, and the configuration says so", () => {
  expect(isAllowed("did:web:anybody.example", { allow: ["did:web:*"] })).toBe(false);
  expect(isAllowed("did:web:ours.example:alice", { allow: ["did:web:*", "did:web:ours.example:*"] })).toBe(
    true,
  );
  const env = { OIDC_ISSUER: "https://idp.test", OIDC_AUD: "a", DID_METHODS: "web", DID_ALLOW: "did:web:*" };
  const loaded = loadConfig({ flags: {}, env, cwd: "/nonexistent" });
  expect(loaded.ok ? [] : loaded.reason).toEqual([
    expect.objectContaining({ key: "DID_ALLOW", problem: expect.stringContaining("every host") }),
  ]);
});

const { did: holder } = makeDidKey();
const host = "did:web:tenants.example";

/** Keys of a host where everybody below `known` has a document; every answer waits for `release`. */
function world() {
  let release: () => void = () => {};
  let gate = Promise.resolve();
  const asked: string[] = [];
  const keys = createWebKeys({
    clock: { now: () => 1_800_000_000_000 },
    log: silentLog,
    outbound: {
      async send({ url }) {
        asked.push(url);
        await gate;
        const did = `${host}:${new URL(url).pathname.split("/").slice(1, -1).join(":")}`;
        const id = `${did}#k`;
        const method = { id, type: "Multikey", controller: did, publicKeyMultibase: holder.slice(8) };
        const body = { id: did, verificationMethod: [method], authentication: [id] };
        const isKnown = did.startsWith(`${host}:known`);
        return {
          ok: true,
          value: { status: isKnown ? 200 : 404, headers: new Map(), body: Buffer.from(JSON.stringify(body)) },
        };
      },
    },
  });
  return {
    asked,
    find: (did: string) => keys.find(did, `${did}#k`),
    shut: () => {
      gate = new Promise((resolve) => {
        release = resolve;
      });
    },
    open: () => release(),
  };
}

// Below an allowed host anybody could make up DIDs, and each opened a request that nobody had counted.
test("DIDs that are made up open a bounded number of requests, and leave what runs alone", async () => {
  const { asked, find, shut, open } = world();
  shut();
  const all = Array.from({ length: 200 }, (_, one) => find(`${host}:known-${one}`));
  open();
  const answers = await Promise.all(all);
  expect(asked.length).toBe(16);
  expect(answers.filter(({ ok }) => ok)).toHaveLength(16);
  expect(answers.at(-1)).toEqual({ ok: false, reason: "issuer_unavailable" });
  expect((await find(`${host}:known-199`)).ok).toBe(true);
});

// A thousand of them emptied the memory of every document that was in use.
test("DIDs that are made up push no document out that has keys", async () => {
  const { asked, find } = world();
  expect((await find(`${host}:known`)).ok).toBe(true);
  for (let one = 0; one < 1_200; one++) await find(`${host}:made-up-${one}`);
  const before = asked.length;
  expect((await find(`${host}:known`)).ok).toBe(true);
  expect(asked).toHaveLength(before);
});
