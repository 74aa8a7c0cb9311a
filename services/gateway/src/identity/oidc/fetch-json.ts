import type { Outbound } from "../../core/ports/outbound.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import { type Json, parseStrictJson } from "../../core/strict-json.ts";

/** Fetches a JSON document. The refusal is a sentence for the log, never for a caller. */
export type FetchJson = (url: string) => Promise<Result<Json, string>>;

const MAX_DEPTH = 16;

/** Documents are fetched through the one outbound door (S18) and read as strictly as tokens are. */
export function createJsonFetcher(outbound: Outbound): FetchJson {
  return async (url) => {
    const answer = await outbound.send({ url, headers: { accept: "application/json" } });
    if (!answer.ok) return answer;
    const { status, body } = answer.value;
    if (status !== 200) return refuse(`answered with status ${status}`);
    const document = parseStrictJson(body, MAX_DEPTH);
    return document === undefined ? refuse("the answer is not well-formed JSON") : ok(document);
  };
}
