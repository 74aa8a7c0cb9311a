import { TOKEN_TYPE, type TokenExchangeResponse } from "@attach-dev/protocol";
import { expect, test } from "vitest";
import { unsignedJwt } from "../test/authority.ts";
import { AttachError } from "./errors.ts";
import { TokenSource } from "./token-source.ts";

/** A source over a clock that is set by hand, and what was asked of the authority. */
function makeSource({ random = 0.5, life = 100 } = {}) {
  const state = { now: 1_000_000, random, fail: undefined as Error | undefined };
  const asked: (string | undefined)[] = [];
  const events: boolean[] = [];
  const waiting: (() => void)[] = [];
  let held = false;
  const source = new TokenSource({
    timing: { now: () => state.now, random: () => state.random },
    exchange: async (subject, delegation): Promise<TokenExchangeResponse> => {
      await subject();
      asked.push(delegation);
      const count = asked.length;
      if (held) await new Promise<void>((go) => waiting.push(go));
      if (state.fail !== undefined) throw state.fail;
      return {
        access_token: unsignedJwt({ jti: `t${count}`, dlg: delegation ?? `d${count}` }),
        issued_token_type: TOKEN_TYPE.accessToken,
        token_type: "Bearer",
        expires_in: life,
        scope: "llm:read",
      };
    },
    onToken: (_, renewed) => events.push(renewed),
  });
  return {
    source,
    state,
    asked,
    events,
    hold: () => {
      held = true;
    },
    release: () => {
      held = false;
      for (const go of waiting.splice(0)) go();
    },
    /** Seconds. */
    pass: (seconds: number) => {
      state.now += seconds * 1000;
    },
    get: async () => (await source.get(() => "user")).claims.jti,
  };
}

const settle = () => new Promise((done) => setImmediate(done));

test("asks once, however many want the token", async () => {
  const { source, asked } = makeSource();
  const held = await Promise.all(Array.from({ length: 100 }, () => source.get(() => "user")));
  expect(new Set(held.map(({ token }) => token)).size).toBe(1);
  expect(asked).toEqual([undefined]);
});

test("keeps the token for the first four fifths of its life, and renews it in the background after them", async () => {
  const { asked, events, pass, get } = makeSource();
  expect(await get()).toBe("t1");
  pass(79);
  expect(await get()).toBe("t1");
  expect(asked).toHaveLength(1);
  pass(1);
  expect(await get(), "the old one serves while the new one comes").toBe("t1");
  await settle();
  expect(await get()).toBe("t2");
  expect(asked, "the renewal stays within the delegation").toEqual([undefined, "d1"]);
  expect(events).toEqual([false, true]);
});

test("spreads renewals around four fifths of the life", async () => {
  for (const { random, before, at } of [
    { random: 0, before: 75.9, at: 76 },
    { random: 0.999999, before: 83.9, at: 84 },
  ]) {
    const { asked, pass, get } = makeSource({ random });
    await get();
    pass(before);
    await get();
    expect(asked).toHaveLength(1);
    pass(at - before);
    await get();
    expect(asked).toHaveLength(2);
  }
});

test("makes a hundred users of a token that is due wait for nothing and renew once", async () => {
  const { source, asked, pass, hold, release } = makeSource();
  await source.get(() => "user");
  pass(85);
  hold();
  const due = await Promise.all(Array.from({ length: 100 }, () => source.get(() => "user")));
  expect(new Set(due.map(({ claims }) => claims.jti))).toEqual(new Set(["t1"]));
  expect(asked).toHaveLength(2);
  release();
});

test("waits for the new token when the old one is over, and does not send one in its last seconds", async () => {
  const { pass, get } = makeSource();
  await get();
  pass(94.9);
  expect(await get()).toBe("t1");
  await settle();
  pass(95);
  expect(await get()).toBe("t3");
});

test("asks the subject again for a renewal", async () => {
  const { source, pass } = makeSource();
  let times = 0;
  const subject = () => `user-${++times}`;
  await source.get(subject);
  await source.get(subject);
  expect(times).toBe(1);
  pass(200);
  await source.get(subject);
  expect(times).toBe(2);
});

test("lives on the old token when a renewal fails, with a pause between tries, and fails when it has ended", async () => {
  const { state, asked, pass, get } = makeSource();
  await get();
  state.fail = new AttachError("network_error", "down");
  pass(80);
  for (let use = 0; use < 10; use++) {
    expect(await get()).toBe("t1");
    await settle();
  }
  expect(asked).toHaveLength(2);
  pass(5);
  expect(await get()).toBe("t1");
  await settle();
  expect(asked).toHaveLength(3);
  pass(11);
  await expect(get()).rejects.toMatchObject({ code: "network_error" });
  state.fail = undefined;
  expect(await get(), "the delegation goes on").toBe("t5");
  expect(asked.at(-1)).toBe("d1");
});

test("measures the life from before the question, so that a slow answer does not lengthen it", async () => {
  const { source, pass, hold, release, get } = makeSource();
  hold();
  const first = source.get(() => "user");
  await settle();
  pass(40);
  release();
  await first;
  pass(41);
  await get();
  await settle();
  expect(await get()).toBe("t2");
});

test("trusts no token after the clock was set back", async () => {
  const { pass, get } = makeSource();
  await get();
  pass(-3600);
  expect(await get()).toBe("t2");
});

test("replaces a token that was not accepted by the one that came meanwhile", async () => {
  const { source, asked } = makeSource();
  const { token } = await source.get(() => "user");
  const [one, two] = await Promise.all([
    source.replace(token, () => "user"),
    source.replace(token, () => "user"),
  ]);
  expect(one.claims.jti).toBe("t2");
  expect(two.claims.jti).toBe("t2");
  expect((await source.replace(token, () => "user")).claims.jti).toBe("t2");
  expect(asked).toHaveLength(2);
});

test("does not ask again at once for a replacement that was refused", async () => {
  const { source, state, asked, pass } = makeSource();
  const { token } = await source.get(() => "user");
  state.fail = new AttachError("invalid_grant", "revoked");
  for (let time = 0; time < 5; time++) {
    await expect(source.replace(token, () => "user")).rejects.toMatchObject({ code: "invalid_grant" });
  }
  expect(asked).toHaveLength(2);
  pass(5);
  await expect(source.replace(token, () => "user")).rejects.toMatchObject({ code: "invalid_grant" });
  expect(asked).toHaveLength(3);
});

test("gives nothing out once it is closed, not even what was on its way", async () => {
  const { source, hold, release } = makeSource();
  hold();
  const waiting = source.get(() => "user");
  const closing = source.close();
  release();
  await expect(waiting).rejects.toMatchObject({ code: "agent_revoked" });
  expect((await closing)?.claims.jti, "what came is known, to be revoked").toBe("t1");
  await expect(source.get(() => "user")).rejects.toMatchObject({ code: "agent_revoked" });
  await expect(source.replace("any", () => "user")).rejects.toMatchObject({ code: "agent_revoked" });
});
