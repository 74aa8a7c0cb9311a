import { type LogIn, logIn } from "@attach-dev/dev-issuer";
import { type Agent, AttachClient } from "@attach-dev/sdk";
import { streamChat } from "./chat.ts";
import { check, claimsOf } from "./check.ts";
import type { World } from "./world.ts";

/** One step: what it shows, and a function that makes sure and says what was seen. */
export interface Step {
  readonly title: string;
  run(): Promise<readonly string[]>;
}

const QUESTION = "Why is the sky blue? One sentence.";
const SCOPES = ["llm:read", "memory:write"];

/** The story of a verified user, her agent, and an engine that only they reach. Each step stands on those before it. */
export function story(world: World): readonly Step[] {
  const { gateway, engine, issuer, model } = world;
  let alice: LogIn;
  let agent: Agent;
  let token = "";

  const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
  const call = (path: string, init: RequestInit = {}) => fetch(`${gateway.url}${path}`, init);
  const chatBody = JSON.stringify({ model, messages: [{ role: "user", content: QUESTION }] });
  /** Runs something that must not reach the engine, and makes sure that it did not. */
  async function stopped(attempt: () => Promise<Response>): Promise<Response> {
    const before = engine.requests.length;
    const response = await attempt();
    await response.body?.cancel();
    check(engine.requests.length === before, "the request reached the engine all the same");
    return response;
  }

  return [
    {
      title: "Alice logs in",
      async run() {
        alice = await logIn({ issuer: issuer.issuer, user: "alice" });
        const { sub, aud } = claimsOf(alice.accessToken);
        check(sub === "alice", `the token is for ${sub}`);
        check(aud === gateway.url, `the token is for ${aud}, not for the gateway`);
        return [`authorization code + PKCE at ${issuer.issuer}; her token is for ${aud}`];
      },
    },
    {
      title: "A call without a token is refused",
      async run() {
        const response = await stopped(() => call("/api/chat", { method: "POST", body: chatBody }));
        check(response.status === 401, `the answer was ${response.status}`);
        const challenge = response.headers.get("www-authenticate") ?? "";
        check(
          /resource_metadata="/.test(challenge),
          `the challenge does not say where to get a token: ${challenge}`,
        );
        return ["401, and where to get a token; the engine saw nothing"];
      },
    },
    {
      title: "Her research agent gets a token of its own",
      async run() {
        const attach = new AttachClient(alice.accessToken, { gatewayUrl: gateway.url });
        agent = attach.agent("research-agent", { scopes: SCOPES });
        token = await agent.token();
        const { sub, act, scope, exp, iat } = claimsOf(token);
        const actor = (act as { sub?: unknown } | undefined)?.sub;
        check(
          sub === "alice" && actor === "research-agent",
          `it is ${String(actor)} acting for ${String(sub)}`,
        );
        check(sameScopes(scope, SCOPES), `its scopes are ${String(scope)}`);
        return [
          `${String(actor)} acting for ${sub}, only ${String(scope)}, for ${Number(exp) - Number(iat)} seconds`,
        ];
      },
    },
    {
      title: "The agent streams a chat through the gateway",
      async run() {
        const chat = await streamChat(agent.fetch, { model, question: QUESTION });
        check(chat.text.length > 0 && chat.tokensOut > 0, "the answer was empty");
        return [
          `${chat.parts} parts as they came, ${chat.tokensIn} tokens in, ${chat.tokensOut} out`,
          `“${oneLine(chat.text).slice(0, 90)}…”`,
        ];
      },
    },
    {
      title: "The engine's log shows who asked, and no bearer",
      async run() {
        const seen = engine.requests.findLast((request) => request.path === "/api/chat");
        check(seen !== undefined, "the engine saw no chat");
        const headers = pairs(seen.rawHeaders);
        const header = (name: string) => headers.find(([key]) => key.toLowerCase() === name)?.[1];
        check(header("x-attach-user") === "alice", `X-Attach-User is ${header("x-attach-user")}`);
        check(header("x-attach-agent") === "research-agent", `X-Attach-Agent is ${header("x-attach-agent")}`);
        check(header("x-attach-session"), "X-Attach-Session is missing");
        check(header("authorization") === undefined, "Authorization came along");
        check(!headers.some(([, value]) => value.includes(token)), "the token came along in another header");
        return [
          `${seen.method} ${seen.path}`,
          ...headers.filter(([name]) => /^x-attach-/i.test(name)).map(([name, value]) => `${name}: ${value}`),
        ];
      },
    },
    {
      title: "The same token is refused where its scopes end",
      async run() {
        const body = JSON.stringify({ model: "attach/no-such-model" });
        const response = await stopped(() =>
          call("/api/pull", { method: "POST", headers: bearer(token), body }),
        );
        check(response.status === 403, `the answer was ${response.status}`);
        const challenge = response.headers.get("www-authenticate") ?? "";
        check(
          /error="insufficient_scope".*scope="llm:admin"/.test(challenge),
          `the challenge was ${challenge}`,
        );
        return ["403 insufficient_scope for /api/pull, which needs llm:admin; the engine saw nothing"];
      },
    },
    {
      title: "It is revoked, and dead at once",
      async run() {
        await agent.revoke();
        const started = performance.now();
        const init = { method: "POST", headers: bearer(token), body: chatBody };
        const response = await stopped(() => call("/api/chat", init));
        const took = Math.ceil(performance.now() - started);
        check(response.status === 401, `the answer was ${response.status}`);
        const challenge = response.headers.get("www-authenticate") ?? "";
        check(challenge.includes('error="invalid_token"'), `the challenge was ${challenge}`);
        return [`401 invalid_token on the very next call (${took} ms); the engine saw nothing`];
      },
    },
    {
      title: "Alice herself goes on",
      async run() {
        const response = await call("/api/tags", { headers: bearer(alice.accessToken) });
        check(response.status === 200, `the answer was ${response.status}`);
        await response.body?.cancel();
        return ["200 with her own token: only the agent lost its access"];
      },
    },
  ];
}

function sameScopes(given: unknown, wanted: readonly string[]): boolean {
  return typeof given === "string" && given.split(" ").sort().join(" ") === [...wanted].sort().join(" ");
}

/** What a model says may hold anything, escape sequences for the terminal too. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").replace(/\p{C}/gu, "").trim();
}

function pairs(rawHeaders: readonly string[]): readonly (readonly [string, string])[] {
  return rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ""] as const] : []));
}
