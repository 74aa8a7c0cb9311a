import type { JsonValue } from "../../core/ports/memory.ts";
import { isSecretName } from "./patterns.ts";
import { mark } from "./ranges.ts";
import { redactTexts } from "./redact.ts";

/**
 * Values without their secrets: every string and every name in them, all looked at together; and whatever stands under a name
 * that says it is one.
 */
export async function redactValues(values: readonly JsonValue[]): Promise<readonly JsonValue[]> {
  const texts: string[] = [];
  for (const value of values) collect(value, texts);
  const clean = (await redactTexts(texts)).values();
  const next = (): string => clean.next().value ?? "";
  return values.map((value) => rebuild(value, next));
}

function collect(value: JsonValue, texts: string[]): void {
  if (typeof value === "string") texts.push(value);
  else if (isList(value)) for (const one of value) collect(one, texts);
  else if (typeof value === "object" && value !== null) {
    for (const [name, one] of Object.entries(value)) {
      texts.push(name);
      collect(one, texts);
    }
  }
}

/** In the same order as they were collected. */
function rebuild(value: JsonValue, next: () => string): JsonValue {
  if (typeof value === "string") return next();
  if (isList(value)) return value.map((one) => rebuild(one, next));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const shown = next();
      const clean = rebuild(one, next);
      return [shown, isSecretName(name) && isPlain(one) ? mark("assigned") : clean];
    }),
  );
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

/** A name may well be that of a group ("credentials") or say that there is none. */
const isPlain = (value: JsonValue): boolean =>
  (typeof value === "string" && value !== "") || typeof value === "number";
