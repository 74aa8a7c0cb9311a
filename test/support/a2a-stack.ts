import { type ReferenceAgent, type ReferenceAgentOptions, startReferenceAgent } from "./a2a-agent.ts";
import { type AgentServer, startAgents } from "./agents.ts";

/** The whole gateway with a real agent behind it, registered as `coder`. */
export interface A2aStack {
  readonly at: AgentServer;
  readonly agent: ReferenceAgent;
  /** Where tokens for the agent are good. */
  readonly resource: string;
  readonly base: string;
  /** A JSON-RPC call of 1.0 (or 0.3, by the method's name). */
  rpc(method: string, params: object, asked?: Asked): Promise<Answered>;
  rest(method: string, path: string, body?: object, asked?: Asked): Promise<Answered>;
  /** An agent's token for a user. */
  agentToken(agent: string, claims?: object, fields?: object): Promise<string>;
  close(): Promise<void>;
}

export interface Asked {
  /** Default: alice's own. `null`: none. */
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, never> & Body;
}

interface Body {
  readonly result?: Record<string, unknown> & { task?: TaskShape };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  readonly task?: TaskShape;
  readonly [member: string]: unknown;
}

interface TaskShape {
  readonly id: string;
  readonly contextId: string;
  readonly status: { readonly state: string };
}

export interface A2aStackOptions extends ReferenceAgentOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly record?: object;
}

export async function startA2a({
  env = {},
  record = {},
  ...options
}: A2aStackOptions = {}): Promise<A2aStack> {
  const agent = await startReferenceAgent(options);
  const at = await startAgents({ OUTBOUND_ALLOW: "127.0.0.1", ...env });
  const resource = `${agent.url}/`;
  await at.register("coder", { endpoint: { url: agent.url, protocol: "a2a", resource }, ...record });
  const base = `${at.url}/a2a/agents/coder`;

  async function call(url: string, init: RequestInit, { token, headers }: Asked): Promise<Answered> {
    const bearer = token === undefined ? at.userToken() : token;
    const response = await fetch(url, {
      ...init,
      headers: {
        "a2a-version": "1.0",
        ...(init.body === undefined ? {} : { "content-type": "application/json" }),
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...headers,
      },
    });
    const text = await response.text();
    // Of a stream, the first event: the error, where there is one before it begins.
    const isStream = (response.headers.get("content-type") ?? "").startsWith("text/event-stream");
    const json = isStream ? (text.split("\n\n", 1)[0] ?? "").replace(/^data: /, "") : text;
    return { status: response.status, headers: response.headers, body: json === "" ? {} : JSON.parse(json) };
  }

  return {
    at,
    agent,
    resource,
    base,
    rpc: (method, params, asked = {}) =>
      call(
        `${base}/rpc`,
        { method: "POST", body: JSON.stringify({ jsonrpc: "2.0", id: 7, method, params }) },
        {
          ...asked,
          headers: { ...(method.includes("/") ? { "a2a-version": "0.3" } : {}), ...asked.headers },
        },
      ),
    rest: (method, path, body, asked = {}) =>
      call(
        `${base}/rest${path}`,
        { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) },
        asked,
      ),
    async agentToken(client_id, claims = {}, fields = {}) {
      return at.issue({ subject_token: at.userToken(claims), client_id, ...fields });
    },
    async close() {
      await at.close();
      await agent.close();
    },
  };
}

let count = 0;
/** A message of 1.0; its id decides what the agent does. */
export const message = (kind: string, more: object = {}) => ({
  message: {
    messageId: `${kind}-${++count}`,
    role: "ROLE_USER",
    parts: [{ text: "hello" }],
    ...more,
  },
});
