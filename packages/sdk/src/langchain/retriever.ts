import { Document } from "@langchain/core/documents";
import { BaseRetriever, type BaseRetrieverInput } from "@langchain/core/retrievers";
import type { AgentMemory } from "../memory.ts";

export interface AttachRetrieverFields extends BaseRetrieverInput {
  /** `agent.memory` */
  readonly memory: AgentMemory;
  /** How many documents; 4 unless given, 200 at most. */
  readonly k?: number;
}

/**
 * A LangChain.js retriever over the memory of the agent's user: by words, and by meaning where the gateway's memory can. Needs
 * `memory:read`.
 */
export class AttachRetriever extends BaseRetriever {
  static override lc_name(): string {
    return "AttachRetriever";
  }
  lc_namespace = ["attach-dev", "retrievers"];
  readonly #memory: AgentMemory;
  readonly #k: number;

  constructor({ memory, k = 4, ...fields }: AttachRetrieverFields) {
    super(fields);
    this.#memory = memory;
    this.#k = k;
  }

  override async _getRelevantDocuments(query: string): Promise<Document[]> {
    if (query.trim() === "") return [];
    const { items } = await this.#memory.search(query, { limit: this.#k });
    return items.map(
      ({ id, text, created, kind, agent, task, source, meta }) =>
        new Document({ id, pageContent: text, metadata: { created, kind, agent, task, source, meta } }),
    );
  }
}
