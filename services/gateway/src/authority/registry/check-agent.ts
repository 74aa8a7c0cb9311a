import Schema from "typebox/schema";
import { wordsOfPattern } from "../../http/pattern-words.ts";
import { AgentCreate, AgentPatch } from "./schema.ts";

/** The shape of an agent where no server judges it: the same schemas. @returns what is wrong, or `undefined` */
export function faultOfNew(value: unknown): string | undefined {
  return faultOf(AgentCreate, value);
}

/** The same for a change. */
export function faultOfPatch(value: unknown): string | undefined {
  return faultOf(AgentPatch, value);
}

function faultOf(schema: typeof AgentCreate | typeof AgentPatch, value: unknown): string | undefined {
  const [isFine, errors] = Schema.Errors(schema, value);
  if (isFine) return undefined;
  const [first] = errors;
  const place = first?.instancePath.slice(1).replaceAll("/", ".") ?? "";
  const problem = first?.keyword === "pattern" ? wordsOfPattern(first.params.pattern) : first?.message;
  return `${place === "" ? "the agent" : place} ${problem ?? "is not right"}`;
}
