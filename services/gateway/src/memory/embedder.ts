import { hash } from "node:crypto";
import type { Embedder } from "../core/ports/memory.ts";
import type { Outbound } from "../core/ports/outbound.ts";

export interface EmbedderOptions {
  readonly outbound: Pick<Outbound, "send">;
  /** The engine's address, without a slash at the end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dialect: "ollama" | "openai";
  readonly model: string;
}

/** Characters of a text that its vector is made of: more than any common model reads. */
const MOST = 32_768;
const AT_ONCE = 32;
const DIMENSIONS_MAX = 65_535;

/** Vectors by the engine's embedding route, as its upstream is configured: `/api/embed` or `/v1/embeddings`. */
export function createEmbedder({ outbound, url, headers, dialect, model }: EmbedderOptions): Embedder {
  const path = dialect === "ollama" ? "/api/embed" : "/v1/embeddings";

  /** @returns `undefined`: the engine will not have these texts. @throws where it may have them later */
  async function ask(input: readonly string[]): Promise<readonly (readonly number[])[] | undefined> {
    const answer = await outbound.send({
      url: `${url}${path}`,
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(dialect === "ollama" ? { model, input, truncate: true } : { model, input }),
    });
    if (!answer.ok) throw new Error(`the engine's embedding route ${answer.reason}`);
    const { status, body } = answer.value;
    if (status === 400 || status === 413 || status === 422) return undefined;
    if (status !== 200) throw new Error(`the engine's embedding route answered ${status}`);
    return readVectors(JSON.parse(body.toString("utf8")), input.length);
  }

  async function embedSome(texts: readonly string[]): Promise<readonly (readonly number[] | null)[]> {
    const vectors = await ask(texts);
    if (vectors !== undefined) return vectors;
    // One of them is at fault: the others have theirs, and it is found by its words.
    const each: (readonly number[] | null)[] = [];
    for (const text of texts) each.push((await ask([text]))?.[0] ?? null);
    return each;
  }

  return {
    name: hash("sha256", `${dialect} ${model}`).slice(0, 12),
    async embed(texts) {
      const made: (readonly number[] | null)[] = [];
      for (let at = 0; at < texts.length; at += AT_ONCE) {
        const some = texts.slice(at, at + AT_ONCE).map((text) => text.slice(0, MOST).toWellFormed());
        // An empty text has no meaning, and some engines refuse it.
        made.push(...(await embedSome(some.map((text) => (text.trim() === "" ? "-" : text)))));
      }
      return made;
    },
  };
}

function readVectors(answer: unknown, count: number): readonly (readonly number[])[] {
  const { embeddings, data } = (answer ?? {}) as {
    embeddings?: unknown;
    data?: { index?: number; embedding?: unknown }[];
  };
  const vectors = Array.isArray(data)
    ? [...data].sort((a, b) => (a.index ?? 0) - (b.index ?? 0)).map(({ embedding }) => embedding)
    : embeddings;
  if (!Array.isArray(vectors) || vectors.length !== count || !vectors.every(isVector))
    throw new Error("the engine's embedding route answered something else than a vector for each text");
  return vectors;
}

const isVector = (value: unknown): value is readonly number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= DIMENSIONS_MAX &&
  value.every((part) => typeof part === "number" && Number.isFinite(part));
