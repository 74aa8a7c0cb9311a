import { expandScopes, SCOPES } from "@attach-dev/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentServer, chainOf, claimsOf, startAgents } from "../support/agents.ts";
import type { Answer } from "../support/authority.ts";

/** T03, T04, T05 for any chain that chance makes, on a running gateway. */
const DEPTH = 6;
let at: AgentServer;
beforeAll(async () => {
  at = await startAgents({
    DELEGATION_DEPTH: String(DEPTH),
    USER_SCOPES: SCOPES.join(" "),
    SCOPE_MODE: "lenient",
  });
});
afterAll(() => at?.close());

const agent = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const scope = fc.option(
  fc.subarray([...SCOPES], { minLength: 1 }).map((list) => list.join(" ")),
  { nil: undefined },
);
const ttl = fc.option(fc.integer({ min: 30, max: 3600 }).map(String), { nil: undefined });
/** One hand-on: to whom, for what, how long after the one before (seconds), pulled or pushed. */
const link = fc.record({
  to: agent,
  scope,
  ttl,
  after: fc.integer({ min: 0, max: 20 }),
  isPushed: fc.boolean(),
});

interface Token {
  readonly text: string;
  readonly holder: string;
}

const held = (text: string) => expandScopes(claimsOf(text).scope.split(" "));

function handOn(
  from: Token,
  {
    to,
    scope,
    ttl,
    isPushed,
  }: { to: string; scope?: string | undefined; ttl?: string | undefined; isPushed: boolean },
): Promise<Answer> {
  const fields = { scope, ttl };
  return isPushed
    ? at.pull(from.text, from.holder, { ...fields, requested_actor: to })
    : at.pull(from.text, to, fields);
}

const issued = ({ status, body }: Answer, holder: string): Token | undefined =>
  status === 200 ? { text: String(body["access_token"]), holder } : undefined;

describe("T04: along any chain", () => {
  test("T03: scopes and lifetime never grow, no agent is there twice, none is deeper than allowed", async () => {
    await fc.assert(
      fc.asyncProperty(
        agent,
        scope,
        ttl,
        fc.array(link, { maxLength: 9 }),
        async (first, scope, ttl, links) => {
          let token = issued(await at.exchange({ client_id: first, scope, ttl }), first);
          if (token === undefined) return;
          for (const one of links) {
            at.clock.advance(one.after * 1000);
            const chain = chainOf(token.text);
            const answer = await handOn(token, one);
            const next = issued(answer, one.to);
            const mayStand = !chain.includes(one.to) && chain.length < DEPTH;
            if (next === undefined) {
              expect(answer.status).toBe(400);
              continue;
            }
            expect(mayStand).toBe(true);
            expect(chainOf(next.text)).toEqual([one.to, ...chain]);
            const [before, now] = [claimsOf(token.text), claimsOf(next.text)];
            expect(now.exp).toBeLessThanOrEqual(before.exp);
            for (const name of held(next.text)) expect(held(token.text)).toContain(name);
            expect(now.anc).toEqual([...before.anc, before.dlg]);
            expect([now.root, now.sid]).toEqual([before.root, before.sid]);
            token = next;
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("T05: revoking any node kills exactly its subtree", async () => {
    const tree = fc.array(fc.record({ parent: fc.nat(), to: agent }), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(), async (nodes, pick) => {
        const root = issued(await at.exchange({ client_id: "root" }), "root");
        if (root === undefined) throw new Error("no root");
        const tokens = [root];
        for (const { parent, to } of nodes) {
          const from = tokens[parent % tokens.length] ?? root;
          const child = issued(await handOn(from, { to, isPushed: false }), to);
          if (child !== undefined) tokens.push(child);
        }
        const victim = tokens[pick % tokens.length] ?? root;
        const { dlg } = claimsOf(victim.text);
        const form = new URLSearchParams({ token: victim.text, client_id: victim.holder });
        expect((await at.post("/oauth/revoke", form)).status).toBe(200);
        for (const { text } of tokens) {
          const claims = claimsOf(text);
          const isBelow = claims.dlg === dlg || claims.anc.includes(dlg);
          expect(await at.call(text)).toBe(isBelow ? 401 : 200);
        }
      }),
      { numRuns: 30 },
    );
  });
});
