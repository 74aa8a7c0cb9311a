import { expect, test } from "vitest";
import type { UsageQuestion, UsageSum } from "../../core/ports/metering.ts";
import type { Bench } from "./driver.ts";
import { ALICE, BOB, NOW } from "./fixtures.ts";

const HOUR = 3_600_000;
const THIS_HOUR = NOW - (NOW % HOUR);

function aSum(fields: Partial<UsageSum> = {}): UsageSum {
  return {
    hour: THIS_HOUR,
    owner: ALICE,
    agent: null,
    model: "llama",
    upstream: "default",
    requests: 1,
    inputTokens: 10,
    outputTokens: 5,
    estimatedTokens: 0,
    ...fields,
  };
}

const asked = (fields: Partial<UsageQuestion> = {}): UsageQuestion => ({
  owner: null,
  from: THIS_HOUR,
  to: THIS_HOUR + HOUR,
  by: "model",
  limit: 10,
  offset: 0,
  ...fields,
});

/** Sums of usage, and the outbox in front of whoever bills. */
export function usage(at: Bench): void {
  test("adds up what is of one hour, owner, agent and model, also when it is nobody's and no model's", async () => {
    await at.store.usage.add([aSum(), aSum({ model: null }), aSum({ agent: "coder" })], []);
    await at.second.usage.add([aSum({ requests: 2, estimatedTokens: 15 }), aSum({ model: null })], []);
    expect(await at.store.usage.read(asked())).toEqual([
      {
        user: null,
        agent: null,
        model: "llama",
        requests: 4,
        inputTokens: 30,
        outputTokens: 15,
        estimatedTokens: 15,
      },
      {
        user: null,
        agent: null,
        model: null,
        requests: 2,
        inputTokens: 20,
        outputTokens: 10,
        estimatedTokens: 0,
      },
    ]);
    const byAgent = await at.store.usage.read(asked({ by: "agent" }));
    expect(byAgent.map(({ agent, requests }) => [agent, requests])).toEqual([
      [null, 5],
      ["coder", 1],
    ]);
  });

  test("keeps owners apart by the pair: two with one subject are two", async () => {
    const other = { ...ALICE, iss: "https://other.example" };
    const tenant = { ...ALICE, tenant: "acme" };
    await at.store.usage.add(
      [ALICE, BOB, other, tenant].map((owner) => aSum({ owner })),
      [],
    );
    const users = await at.store.usage.read(asked({ by: "user" }));
    expect(users.map(({ user, requests }) => [user?.iss, user?.sub, requests])).toEqual([
      [ALICE.iss, "alice", 2],
      [BOB.iss, "bob", 1],
      [other.iss, "alice", 1],
    ]);
    const own = await at.store.usage.read(asked({ owner: ALICE }));
    expect(own.map(({ requests }) => requests)).toEqual([1]);
    expect(await at.store.usage.read(asked({ owner: { ...BOB, iss: other.iss } }))).toEqual([]);
  });

  test("answers for the hours that were asked for, page by page", async () => {
    const hours = [0, 1, 2].map((n) =>
      aSum({ hour: THIS_HOUR + n * HOUR, model: `m${n}`, inputTokens: 100 - n }),
    );
    await at.store.usage.add(hours, []);
    const models = async (fields: Partial<UsageQuestion>) =>
      (await at.store.usage.read(asked(fields))).map(({ model }) => model);
    expect(await models({ from: THIS_HOUR + HOUR, to: THIS_HOUR + 2 * HOUR })).toEqual(["m1"]);
    expect(await models({ to: THIS_HOUR + 3 * HOUR, limit: 2, offset: 1 })).toEqual(["m1", "m2"]);
  });

  test("an event waits until it has arrived, and is put in once however often it is told of", async () => {
    const put = (id: string) => at.store.usage.add([], [{ id, event: `{"id":"${id}"}` }]);
    for (const id of ["a", "b", "a", "c"]) await put(id);
    const waiting = await at.second.usage.waiting(2);
    expect(waiting.map(({ event }) => event)).toEqual(['{"id":"a"}', '{"id":"b"}']);
    await at.second.usage.sent(waiting.map(({ seq }) => seq));
    expect((await at.store.usage.waiting(9)).map(({ event }) => event)).toEqual(['{"id":"c"}']);
    expect(await at.store.usage.countWaiting()).toBe(1);
  });

  test("forgets sums after thirteen months", async () => {
    await at.store.usage.add([aSum(), aSum({ hour: THIS_HOUR - 401 * 24 * HOUR, model: "old" })], []);
    await at.store.purge(NOW);
    expect((await at.store.usage.read(asked({ from: 0 }))).map(({ model }) => model)).toEqual(["llama"]);
  });
}
