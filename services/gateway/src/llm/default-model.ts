import type { ReadBody } from "../core/ports/relayed-call.ts";

const OPEN = 0x7b;

/**
 * Fills in what the earlier gateway filled in (CONTRACT §2): a model where a body names none, and messages where an `/api/chat`
 * body has a prompt instead. All else stays as it was written: a member more at the front, nothing printed anew.
 * @param path as `readTarget` normalises it
 */
export function withDefaults(read: ReadBody, path: string, model: string): ReadBody {
  const { body, json } = read;
  if (body === null || json === null) return read;
  const added: Record<string, unknown> = {};
  if (read.model === null) added["model"] = model;
  if (path === "/api/chat" && typeof json["prompt"] === "string" && json["messages"] === undefined)
    added["messages"] = [{ role: "user", content: json["prompt"] }];
  if (Object.keys(added).length === 0) return read;
  return {
    body: addMembers(body, added, Object.keys(json).length === 0),
    json: { ...added, ...json },
    model: read.model ?? model,
    stream: read.stream,
  };
}

/** Puts members at the front of a JSON object. */
function addMembers(body: Buffer, members: Readonly<Record<string, unknown>>, isEmpty: boolean): Buffer {
  const at = body.indexOf(OPEN) + 1;
  const text = JSON.stringify(members).slice(1, -1);
  return Buffer.concat([body.subarray(0, at), Buffer.from(isEmpty ? text : `${text},`), body.subarray(at)]);
}
