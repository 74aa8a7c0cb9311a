import { setTimeout as delay } from "node:timers/promises";
import { type Management, type ManagementAnswer, startManagement } from "../management.ts";
import { type ScriptedEngine, startScriptedEngine } from "./engine.ts";

export interface ShownMemory {
  readonly id: string;
  readonly created: string;
  readonly kind: string;
  readonly text: string;
  readonly meta: Record<string, unknown> | null;
  readonly source: string;
  readonly agent: string | null;
  readonly chain: readonly string[];
  readonly session: string | null;
  readonly root: string | null;
  readonly task: string | null;
  readonly model: string | null;
  readonly usage: { inputTokens: number | null; outputTokens: number | null } | null;
  readonly requestId: string | null;
  readonly bodyHash: string | null;
}

/** The whole gateway before an engine that says what the test wants, and its memory. */
export interface MemoryRig extends Management {
  readonly engine: ScriptedEngine;
  /** A call to the engine as a user, or by any token; its answer's text. */
  say(
    path: string,
    body: unknown,
    as?: {
      readonly user?: string;
      readonly token?: string;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<{ readonly response: Response; readonly text: string }>;
  /** What a caller sees of memory. */
  recall(
    as: { readonly user?: string; readonly token?: string },
    query?: string,
  ): Promise<readonly ShownMemory[]>;
  /** Waits until a caller sees so many events. */
  recalled(
    as: { readonly user?: string; readonly token?: string },
    count: number,
  ): Promise<readonly ShownMemory[]>;
  agentToken(agent: string, scope: string, subject?: string): Promise<string>;
}

const WAIT_MS = 10_000;

export async function startMemoryRig(env: Readonly<Record<string, string>> = {}): Promise<MemoryRig> {
  const engine = await startScriptedEngine();
  const gateway = await startManagement({ ENGINE_URL: engine.url, ...env });
  const bearer = ({ user = "alice", token }: { user?: string; token?: string }) =>
    token ?? gateway.userToken(user);

  async function recall(as: { user?: string; token?: string }, query = "?limit=200") {
    const answer: ManagementAnswer = await gateway.ask("GET", `/attach/v1/memory${query}`, {
      token: bearer(as),
    });
    if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body["items"] as readonly ShownMemory[];
  }

  return {
    ...gateway,
    engine,
    recall,
    async say(path, body, { headers = {}, ...as } = {}) {
      const response = await fetch(`${gateway.url}${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${bearer(as)}`, "content-type": "application/json", ...headers },
        body:
          typeof body === "string" || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
      });
      return { response, text: await response.text() };
    },
    async recalled(as, count) {
      const deadline = performance.now() + WAIT_MS;
      for (;;) {
        const found = await recall(as);
        if (found.length >= count) return found;
        if (performance.now() > deadline)
          throw new Error(`${found.length} of ${count}: ${JSON.stringify(found)}`);
        await delay(20);
      }
    },
    async agentToken(agent, scope, subject = "alice") {
      const { body } = await gateway.exchange({ subject, client_id: agent, scope });
      if (typeof body["access_token"] !== "string") throw new Error(JSON.stringify(body));
      return body["access_token"];
    },
    async close() {
      await gateway.close();
      await engine.close();
    },
  };
}
