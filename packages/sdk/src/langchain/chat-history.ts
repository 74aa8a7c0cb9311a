import { BaseListChatMessageHistory } from "@langchain/core/chat_history";
import {
  type BaseMessage,
  mapChatMessagesToStoredMessages,
  mapStoredMessagesToChatMessages,
  type StoredMessage,
} from "@langchain/core/messages";
import type { MemoryEvent } from "../api.ts";
import { AttachError } from "../errors.ts";
import type { AgentMemory } from "../memory.ts";

export interface AttachChatHistoryFields {
  /** `agent.memory` */
  readonly memory: AgentMemory;
  /** Which conversation of the user's: visible ASCII, 255 characters at most. */
  readonly conversation: string;
  /** The newest messages that are read; 100 unless given. */
  readonly maxMessages?: number;
}

const KIND = "message";
const PAGE = 200;
/** Events that are looked through for a conversation's: it may have been a while ago, but not for ever. */
const MOST_EVENTS = 10_000;
const NO_TEXT = "(no text)";

/**
 * A LangChain.js chat history in the memory of the agent's user: it outlives the process, belongs to that user alone, and secrets
 * are taken out of what is said before it is kept. Needs `memory:read` and `memory:write`.
 */
export class AttachChatHistory extends BaseListChatMessageHistory {
  lc_namespace = ["attach-dev", "chat_history"];
  readonly #memory: AgentMemory;
  readonly #conversation: string;
  readonly #maxMessages: number;

  /** @throws AttachError `invalid_argument` */
  constructor({ memory, conversation, maxMessages = 100 }: AttachChatHistoryFields) {
    super();
    if (typeof conversation !== "string" || !/^[\x21-\x7e]{1,255}$/.test(conversation))
      throw new AttachError("invalid_argument", "a conversation is 1 to 255 visible ASCII characters");
    this.#memory = memory;
    this.#conversation = conversation;
    this.#maxMessages = maxMessages;
  }

  /** Oldest first. */
  override async getMessages(): Promise<BaseMessage[]> {
    const found: MemoryEvent[] = [];
    for await (const event of this.#events()) {
      found.push(event);
      if (found.length >= this.#maxMessages) break;
    }
    return mapStoredMessagesToChatMessages(found.sort(asSaid).flatMap(storedOf));
  }

  override async addMessage(message: BaseMessage): Promise<void> {
    const [stored] = mapChatMessagesToStoredMessages([message]);
    if (stored === undefined) return;
    const { content, ...data } = stored.data as StoredMessage["data"] & { content: unknown };
    // A text stands where it is searched and redacted; anything else (images, parts) beside it.
    const isText = typeof content === "string" && content !== "";
    await this.#memory.write({
      text: isText ? content : message.text || NO_TEXT,
      kind: KIND,
      task: this.#conversation,
      meta: {
        langchain: { turn: nextTurn(), type: stored.type, data: isText ? data : { ...data, content } },
      },
    });
  }

  /** One after the other: they are told apart by when they were written. */
  override async addMessages(messages: BaseMessage[]): Promise<void> {
    for (const message of messages) await this.addMessage(message);
  }

  /** Removes what this agent wrote of the conversation. */
  override async clear(): Promise<void> {
    const ids: string[] = [];
    for await (const { id } of this.#events()) ids.push(id);
    for (const id of ids) await this.#memory.delete(id);
  }

  async *#events(): AsyncGenerator<MemoryEvent> {
    let cursor: string | undefined;
    for (let seen = 0; seen < MOST_EVENTS; seen += PAGE) {
      const page = await this.#memory.list({ limit: PAGE, cursor });
      for (const event of page.items)
        if (event.kind === KIND && event.task === this.#conversation) yield event;
      if (page.next === null) return;
      cursor = page.next;
    }
  }
}

let lastTurn = 0;

/** Tells messages apart that are kept in one millisecond. */
function nextTurn(): number {
  lastTurn = Math.max(lastTurn + 1, Date.now() * 1_000);
  return lastTurn;
}

function asSaid(a: MemoryEvent, b: MemoryEvent): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1;
  return turnOf(a) - turnOf(b);
}

const turnOf = ({ meta }: MemoryEvent): number =>
  Number(((meta as Record<string, unknown> | null)?.["langchain"] as { turn?: unknown } | undefined)?.turn) ||
  0;

/** Nothing where somebody else wrote an event that only looks like a message. */
function storedOf({ text, meta }: MemoryEvent): readonly StoredMessage[] {
  const { type, data } = ((meta as Record<string, unknown> | null)?.["langchain"] ??
    {}) as Partial<StoredMessage>;
  if (typeof type !== "string" || typeof data !== "object" || data === null) return [];
  return [{ type, data: { ...data, content: data.content ?? text } }];
}
