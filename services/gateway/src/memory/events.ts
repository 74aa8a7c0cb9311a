import { createHmac } from "node:crypto";
import type { MemoryEvent } from "../core/ports/memory.ts";
import { readAnswer } from "./assemble/answer.ts";
import { decodeBody } from "./assemble/decode.ts";
import { readPrompt } from "./assemble/prompt.ts";
import { derivedId } from "./derived-id.ts";
import { redactTexts } from "./redact/redact.ts";
import type { ReadRecord } from "./spool/record.ts";

/** Longest text of one event, in characters. */
const MAX_TEXT = 131_072;
/** So much more is looked at: a secret that begins before the end does not show because its own end is missing. */
const BEYOND = 8_192;

/** An event before its secrets are taken out. */
interface Draft extends MemoryEvent {
  readonly meta: Readonly<Record<string, unknown>>;
}

/**
 * What is kept of relayed calls: a prompt and an answer each, without their secrets (S22).
 * @param hashKey of the keyed hashes that tie an event to the body that crossed the gateway (S21)
 */
export async function eventsOf(
  records: readonly ReadRecord[],
  hashKey: Uint8Array,
): Promise<readonly MemoryEvent[]> {
  const drafts = records.flatMap((record) => draftsOf(record, hashKey));
  const clean = await redactTexts(
    drafts.flatMap(({ text, model }) => [text.slice(0, MAX_TEXT + BEYOND), model ?? ""]),
  );
  return drafts.map((draft, at) => ({
    ...draft,
    text: (clean[2 * at] ?? "").slice(0, MAX_TEXT),
    model: draft.model === null ? null : (clean[2 * at + 1] ?? null),
    meta: draft.text.length > MAX_TEXT ? { ...draft.meta, cut: true } : draft.meta,
  }));
}

/** What is kept where the text could not be judged: that it was there. */
export function withheld(record: ReadRecord, hashKey: Uint8Array): readonly MemoryEvent[] {
  const request = { ...record, request: Buffer.alloc(0), response: Buffer.alloc(0) };
  return [
    {
      ...shared(request, record.startedAt),
      id: derivedId(record.startedAt, `${record.requestId} prompt`),
      kind: "prompt",
      text: "",
      meta: { path: record.path, withheld: true },
      bodyHash: record.request === null ? null : keyedHash(record.request, hashKey),
    },
  ];
}

function draftsOf(record: ReadRecord, hashKey: Uint8Array): readonly Draft[] {
  const { request, requestEncoding, path, status, requestId } = record;
  const body = request === null ? undefined : decodeBody(request, requestEncoding);
  const prompt = body === undefined ? { text: "", model: null } : readPrompt(path, body);
  const answer = answerDraft(record, prompt.model, hashKey);
  return [
    {
      ...shared(record, record.startedAt),
      id: derivedId(record.startedAt, `${requestId} prompt`),
      kind: "prompt",
      text: prompt.text,
      meta: { path, status, ...(body === undefined ? { unread: true } : {}) },
      model: prompt.model ?? answer?.model ?? null,
      inputTokens: answer?.inputTokens ?? null,
      bodyHash: request === null ? null : keyedHash(request, hashKey),
    },
    ...(answer === undefined ? [] : [answer]),
  ];
}

/** `undefined` where the engine said nothing: it refused, or the client left before it did. */
function answerDraft(record: ReadRecord, asked: string | null, hashKey: Uint8Array): Draft | undefined {
  const { response, path, status, aborted, cut, responseEncoding } = record;
  if (status < 200 || status >= 300 || response.length === 0) return undefined;
  const body = decodeBody(response, responseEncoding);
  const { text, model, ...tokens } = readAnswer(path, body ?? "");
  if (text === "" && body !== undefined && aborted) return undefined;
  return {
    ...shared(record, record.endedAt),
    ...tokens,
    id: derivedId(record.endedAt, `${record.requestId} answer`),
    kind: "answer",
    text,
    meta: {
      path,
      status,
      ...(aborted ? { aborted } : {}),
      ...(cut ? { cut } : {}),
      ...(body === undefined ? { unread: true } : {}),
    },
    model: model ?? asked,
    // Of what was cut short there is no whole to compare with.
    bodyHash: cut || aborted ? null : keyedHash(response, hashKey),
  };
}

function shared({ speaker, session, requestId, task }: ReadRecord, created: number) {
  return {
    owner: speaker.owner,
    chain: speaker.chain,
    root: speaker.root,
    created,
    source: "mirror",
    session,
    task,
    requestId,
    model: null,
    inputTokens: null,
    outputTokens: null,
  } as const;
}

function keyedHash(body: Buffer, key: Uint8Array): string {
  return createHmac("sha256", key).update(body).digest("hex");
}
