import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";
import type { A2aCall } from "../calls/call.ts";
import { A2aError } from "../errors/a2a-error.ts";
import type { Told } from "./things.ts";

/**
 * The result of a JSON-RPC answer, or the body of HTTP+JSON; `undefined` where there is an error and nothing else, which goes on as it is. An `error`
 * beside a result (some servers write `null` there) hides nothing from being judged.
 */
export function resultOf({ binding }: Pick<A2aCall, "binding">, answer: JsonObject): Json | undefined {
  const { error } = answer;
  if (binding === "HTTP+JSON")
    return isJsonObject(error) && Object.keys(answer).length === 1 ? undefined : answer;
  const result = answer["result"] ?? null;
  return result === null && isJsonObject(error) ? undefined : result;
}

/** The answer with another result, in its envelope. */
export function withResult(
  { binding }: Pick<A2aCall, "binding">,
  answer: JsonObject,
  result: object,
): object {
  return binding === "HTTP+JSON" ? result : { ...answer, result };
}

/**
 * Asked for one task, an agent must not tell of another.
 * @throws A2aError `INVALID_AGENT_RESPONSE`
 */
export function checkAsked({ operation, named }: A2aCall, { tasks, odd }: Told): void {
  const isOfOne = operation === "GetTask" || operation === "CancelTask" || operation === "SubscribeToTask";
  const isOther = isOfOne && [...tasks].some((task) => task !== named.tasks[0]);
  if (odd || isOther) throw invalidAnswer();
}

export const invalidAnswer = (): A2aError =>
  new A2aError("INVALID_AGENT_RESPONSE", "the agent's answer is not one that can be passed on");

export const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
