import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { AgentCard, Message, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from "@a2a-js/sdk";
import {
  AgentEvent,
  type AgentExecutor,
  DefaultPushNotificationSender,
  DefaultRequestHandler,
  type ExecutionEventBus,
  InMemoryPushNotificationStore,
  InMemoryTaskStore,
  type RequestContext,
} from "@a2a-js/sdk/server";
import { jsonRpcHandler, restHandler } from "@a2a-js/sdk/server/express";
import express from "express";

/** A real agent, by a2a-js, that knows nothing of users: whatever is asked for is answered. Does what the compatibility kit asks of an agent. */
export interface ReferenceAgent {
  readonly url: string;
  readonly port: number;
  /** Headers of every call, in order. */
  readonly calls: readonly IncomingHttpHeaders[];
  /** Resolves when a caller next leaves before its answer has ended. */
  nextHangUp(): Promise<void>;
  close(): Promise<void>;
}

export interface ReferenceAgentOptions {
  readonly port?: number;
  /** Also speaks 0.3. */
  readonly legacy?: boolean;
  /** Shows a card of 0.3 alone. */
  readonly legacyCard?: boolean;
  /** Changes the card that is served; addresses are the agent's own otherwise. */
  readonly card?: (card: Record<string, unknown>) => object;
  /** How long a task takes that is to be followed, in milliseconds. */
  readonly workMs?: number;
}

export async function startReferenceAgent(options: ReferenceAgentOptions = {}): Promise<ReferenceAgent> {
  const { legacy = false, workMs = 4_000 } = options;
  const calls: IncomingHttpHeaders[] = [];
  let waiting: (() => void)[] = [];
  const app = express();
  const server = app.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const json = cardOf(url, legacy);
  const card = AgentCard.fromJSON(json);
  const pushes = new InMemoryPushNotificationStore();
  const extended = AgentCard.fromJSON({
    ...json,
    skills: [...json.skills, SECRET_SKILL],
  });
  const requestHandler = new DefaultRequestHandler(
    card,
    new InMemoryTaskStore(),
    new KitExecutor(workMs, options.legacyCard === true),
    undefined,
    pushes,
    new DefaultPushNotificationSender(pushes),
    extended,
    undefined,
    // CORE-SEND-003 of the kit wants a type that the card does not list to pass.
    { validateInputModes: false },
  );
  const shared = {
    requestHandler,
    // Authenticated, so that the extended card is had; everybody is the same user here.
    userBuilder: async () => ({ isAuthenticated: true, userName: "anybody" }),
    ...(legacy ? { legacyCompat: { enabled: true } } : {}),
  };
  app.use((request, response, next) => {
    calls.push(request.headers);
    response.once("close", () => {
      if (response.writableFinished) return;
      for (const wake of waiting) wake();
      waiting = [];
    });
    next();
  });
  app.get("/.well-known/agent-card.json", (_request, response) => {
    response
      .set({ "Cache-Control": "public, max-age=60", ETag: '"1"', "Last-Modified": new Date(0).toUTCString() })
      .json(options.card?.(json) ?? (options.legacyCard ? legacyCardOf(json) : json));
  });
  app.use("/rpc", jsonRpcHandler(shared));
  app.use("/rest", restHandler(shared));
  return {
    url,
    port,
    calls,
    nextHangUp: () => new Promise((wake) => waiting.push(wake)),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export const SECRET_SKILL = {
  id: "deploy",
  name: "Deploy",
  description: "For administrators",
  tags: ["admin"],
  securityRequirements: [{ schemes: { own: { list: ["admin"] } } }],
};

function cardOf(url: string, legacy: boolean) {
  const interfaces = (version: string) => [
    { url: `${url}/rpc`, protocolBinding: "JSONRPC", protocolVersion: version },
    { url: `${url}/rest`, protocolBinding: "HTTP+JSON", protocolVersion: version },
  ];
  return {
    name: "Reference agent",
    description: "Does what the compatibility kit asks of an agent",
    version: "1.0.0",
    supportedInterfaces: [...interfaces("1.0"), ...(legacy ? interfaces("0.3") : [])],
    provider: { organization: "Tests", url: "https://tests.example" },
    capabilities: { streaming: true, pushNotifications: true, extendedAgentCard: true },
    securitySchemes: { own: { httpAuthSecurityScheme: { scheme: "Bearer" } } },
    securityRequirements: [{ schemes: { own: { list: [] } } }],
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: [{ id: "talk", name: "Talk", description: "Answers", tags: ["talk"] }],
  };
}

function legacyCardOf({ supportedInterfaces, ...card }: ReturnType<typeof cardOf>): object {
  const { capabilities, securitySchemes: _schemes, securityRequirements: _requirements, ...rest } = card;
  const [first, second] = supportedInterfaces;
  return {
    ...rest,
    protocolVersion: "0.3.0",
    url: first?.url,
    preferredTransport: "JSONRPC",
    additionalInterfaces: [first, second].map((one) => ({ url: one?.url, transport: one?.protocolBinding })),
    capabilities: { streaming: capabilities.streaming, pushNotifications: capabilities.pushNotifications },
    supportsAuthenticatedExtendedCard: true,
  };
}

const ARTIFACTS: Readonly<Record<string, object>> = {
  "tck-artifact-text": { text: "Generated text content" },
  "tck-artifact-file-url": {
    url: "https://example.com/output.txt",
    filename: "output.txt",
    mediaType: "text/plain",
  },
  "tck-artifact-file": {
    raw: Buffer.from("file").toString("base64"),
    filename: "output.txt",
    mediaType: "text/plain",
  },
  "tck-artifact-data": { data: { key: "value", count: 42 } },
};

const LEGACY_WORK_MS = 2_000;

class KitExecutor implements AgentExecutor {
  readonly #workMs: number;
  readonly #stops = new Map<string, AbortController>();

  readonly #isLegacy: boolean;

  constructor(workMs: number, isLegacy: boolean) {
    this.#workMs = workMs;
    this.#isLegacy = isLegacy;
  }

  async execute(context: RequestContext, bus: ExecutionEventBus): Promise<void> {
    const { taskId, contextId, userMessage, task } = context;
    const { messageId } = userMessage;
    const say = new Say(taskId, contextId, bus);
    if (messageId.startsWith("tck-message-response")) {
      const parts = [{ text: "Direct message response" }];
      bus.publish(
        AgentEvent.message(
          Message.fromJSON({ messageId: `answer-${messageId}`, role: "ROLE_AGENT", contextId, parts }),
        ),
      );
      return;
    }
    const history = [...(task?.history ?? []), userMessage];
    bus.publish(AgentEvent.task({ ...say.task("TASK_STATE_SUBMITTED"), history }));
    if (messageId.startsWith("tck-input-required")) return say.status("TASK_STATE_INPUT_REQUIRED");
    if (messageId.startsWith("tck-reject-task")) return say.status("TASK_STATE_REJECTED", "rejected");
    const isSlow = ["test-resubscribe-message-id", "slow"].some((prefix) => messageId.startsWith(prefix));
    if (isSlow || hears(userMessage, "slow")) return this.#work(taskId, say);
    if (messageId.startsWith("tck-stream")) return stream(messageId, say);
    const artifact = Object.keys(ARTIFACTS).find((prefix) => messageId.startsWith(prefix));
    if (artifact !== undefined) say.artifact(ARTIFACTS[artifact] ?? {});
    // The kit of 0.3 names its messages anyhow, and wants tasks that it can go on with.
    else if (this.#isLegacy && !messageId.startsWith("tck-")) {
      say.status("TASK_STATE_WORKING");
      await pause(LEGACY_WORK_MS);
      return say.status("TASK_STATE_INPUT_REQUIRED");
    }
    return say.status("TASK_STATE_COMPLETED", "Hello from TCK");
  }

  async #work(taskId: string, say: Say): Promise<void> {
    const stop = new AbortController();
    this.#stops.set(taskId, stop);
    say.status("TASK_STATE_WORKING");
    await pause(this.#workMs, undefined, { signal: stop.signal }).catch(() => {});
    this.#stops.delete(taskId);
    if (!stop.signal.aborted) say.status("TASK_STATE_COMPLETED");
  }

  cancelTask = async (taskId: string, bus: ExecutionEventBus): Promise<void> => {
    this.#stops.get(taskId)?.abort();
    new Say(taskId, "", bus).status("TASK_STATE_CANCELED");
  };
}

/** Where the message's id is not the caller's to choose. */
const hears = ({ parts }: Message, text: string) =>
  parts.some(({ content }) => content?.$case === "text" && content.value === text);

async function stream(messageId: string, say: Say): Promise<void> {
  if (messageId.startsWith("tck-stream-002")) return say.status("TASK_STATE_COMPLETED");
  say.status("TASK_STATE_WORKING");
  await pause(20);
  if (messageId.startsWith("tck-stream-artifact-chunked")) {
    say.artifact({ text: "chunk-1 " }, { append: false, lastChunk: false });
    say.artifact({ text: "chunk-2" }, { append: true, lastChunk: true });
  } else if (messageId.startsWith("tck-stream-artifact-file"))
    say.artifact(ARTIFACTS["tck-artifact-file"] ?? {});
  else say.artifact({ text: textOf(messageId) });
  await pause(20);
  return say.status("TASK_STATE_COMPLETED");
}

function textOf(messageId: string): string {
  if (messageId.startsWith("tck-stream-001")) return "Stream hello from TCK";
  if (messageId.startsWith("tck-stream-003")) return "Stream task lifecycle";
  return messageId.startsWith("tck-stream-ordering") ? "Ordered output" : "Streamed text content";
}

/** Publishes events of one task. */
class Say {
  readonly #names: { readonly taskId: string; readonly contextId: string };
  readonly #bus: ExecutionEventBus;

  constructor(taskId: string, contextId: string, bus: ExecutionEventBus) {
    this.#names = { taskId, contextId };
    this.#bus = bus;
  }

  task(state: string): Task {
    const { taskId: id, contextId } = this.#names;
    return Task.fromJSON({ id, contextId, status: { state, timestamp: new Date().toISOString() } });
  }

  status(state: string, text?: string): void {
    const { contextId, taskId } = this.#names;
    const message =
      text === undefined
        ? {}
        : { message: { messageId: `m-${taskId}`, role: "ROLE_AGENT", contextId, taskId, parts: [{ text }] } };
    const status = { state, timestamp: new Date().toISOString(), ...message };
    this.#bus.publish(AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON({ ...this.#names, status })));
  }

  artifact(part: object, flags: { append?: boolean; lastChunk?: boolean } = { lastChunk: true }): void {
    const event = { ...this.#names, artifact: { artifactId: "a1", parts: [part] }, ...flags };
    this.#bus.publish(AgentEvent.artifactUpdate(TaskArtifactUpdateEvent.fromJSON(event)));
  }
}
