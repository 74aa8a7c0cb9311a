import type { FastifySchemaValidationError } from "fastify/types/schema.js";
import { wordsOfPattern } from "./pattern-words.ts";

/** What an error may repeat of what was sent: a name or an index. A line of the log, or a secret, does not look like that. */
const WORD = /^([A-Za-z_]{1,24}|\d{1,3})$/;

const HOLDS: Readonly<Record<string, string>> = {
  body: "the body",
  querystring: "the query",
  params: "the path",
  headers: "the headers",
};

/**
 * What is wrong with a request that does not fit its schema, in words that name the member: "must NOT have additional
 * properties" helps nobody to find the misspelt one.
 */
export function describeSchemaError(errors: readonly FastifySchemaValidationError[], part: string): Error {
  const [first] = errors;
  const whole = HOLDS[part] ?? part;
  return new Error(first === undefined ? `${whole} is not as it should be` : describe(first, whole));
}

function describe(
  { instancePath, keyword, params, message = "is wrong" }: FastifySchemaValidationError,
  whole: string,
): string {
  const steps = instancePath.split("/").slice(1);
  const where = steps.length === 0 ? whole : steps.map((step) => (WORD.test(step) ? step : "…")).join(".");
  const { additionalProperty, missingProperty, limit, allowedValues } = params;
  switch (keyword) {
    case "additionalProperties":
      return `${where} may not have ${nameOf(additionalProperty)}`;
    case "required":
      return `${where} lacks ${nameOf(missingProperty)}`;
    case "maxProperties":
    case "minProperties":
      return `${where} must have ${keyword === "minProperties" ? "at least" : "at most"} ${limit} member${limit === 1 ? "" : "s"}`;
    case "enum":
      return `${where} must be one of ${[allowedValues].flat().join(", ")}`;
    case "pattern":
      return `${where} ${wordsOfPattern(params["pattern"])}`;
    default:
      return `${where} ${message}`;
  }
}

function nameOf(property: unknown): string {
  return typeof property === "string" && WORD.test(property) ? property : "a member of that name";
}
