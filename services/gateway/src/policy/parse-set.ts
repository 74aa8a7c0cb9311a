import type { DetailedError, PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { ok, type Result, refuse } from "../core/result.ts";
import type { Cedar } from "./cedar.ts";
import { mistakeAt, type PolicyMistake } from "./mistake.ts";
import type { PolicySource } from "./sources.ts";
import { type Misspelling, misspellings } from "./spelling.ts";

/** A policy and where it stands. */
export interface ParsedPolicy {
  readonly id: string;
  readonly file: string;
  /** As it was written. */
  readonly text: string;
  /** As a tree, to look at. */
  readonly json: PolicyJson;
  /**
   * What the engine is given. The text, since a number beyond 2^53 does not survive the way through a tree of ours; the shipped
   * ones, which hold none, go as trees and so need no parser at boot.
   */
  readonly body: string | PolicyJson;
}

/** What an audit row and a log line can name: nothing to inject, nothing that separates ids. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Reads the policies of some files: each by the id of its `@id` annotation, else `<file>.<place in the file>`.
 * @returns everything that is wrong, if anything is
 */
export function parseSet(
  cedar: Cedar,
  schema: string,
  sources: readonly PolicySource[],
): Result<readonly ParsedPolicy[], readonly PolicyMistake[]> {
  const parsed = sources.map((source) => parseSource(cedar, schema, source));
  const mistakes = parsed.flatMap((each) => (each.ok ? [] : each.reason));
  const policies = parsed.flatMap((each) => (each.ok ? each.value : []));
  mistakes.push(...repeated(policies));
  return mistakes.length > 0 ? refuse(mistakes) : ok(policies);
}

function parseSource(
  cedar: Cedar,
  schema: string,
  source: PolicySource,
): Result<readonly ParsedPolicy[], readonly PolicyMistake[]> {
  const parts = cedar.policySetTextToParts(source.text);
  if (parts.type === "failure") return refuse(parts.errors.flatMap((error) => syntax(source, error)));
  const mistakes: PolicyMistake[] = [];
  if (parts.policy_templates.length > 0)
    mistakes.push({
      key: source.name,
      problem: "holds a template (?principal, ?resource): name whom it is for",
      example: 'principal == User::"https://login.example.com|alice"',
    });
  mistakes.push(...misfits(cedar, schema, source));
  const policies = inFileOrder(parts.policies).flatMap((text, index) => {
    const answer = cedar.policyToJson(text);
    if (answer.type === "failure") {
      mistakes.push(...answer.errors.flatMap((error) => syntax(source, error)));
      return [];
    }
    mistakes.push(...misspellings(answer.json.conditions).map((each) => neverHolds(source, each)));
    const given = answer.json.annotations?.["id"];
    if (given !== undefined && !ID.test(given)) mistakes.push(badId(source));
    return [
      {
        id: given ?? `${stem(source.name)}.${index + 1}`,
        file: source.name,
        text,
        json: answer.json,
        body: text,
      },
    ];
  });
  return mistakes.length > 0 ? refuse(mistakes) : ok(policies);
}

/** Cedar names them `policy0`, `policy1`, … and hands them over sorted by that name, `policy10` before `policy2`. */
function inFileOrder(texts: readonly string[]): readonly string[] {
  const places = texts.map((_, index) => index).sort((one, other) => (`${one}` < `${other}` ? -1 : 1));
  const ordered: string[] = [];
  for (const [index, place] of places.entries()) ordered[place] = texts[index] ?? "";
  return ordered;
}

/**
 * What does not fit the schema. A policy that can never apply counts too: whoever wrote it believes that it protects
 * something.
 */
function misfits(cedar: Cedar, schema: string, source: PolicySource): readonly PolicyMistake[] {
  const answer = cedar.validate({ schema, policies: { staticPolicies: source.text } });
  if (answer.type === "failure") return answer.errors.flatMap((error) => syntax(source, error));
  const faulty = new Set(answer.validationErrors.map(({ policyId }) => policyId));
  const idle = new Map(
    answer.validationWarnings
      .filter(({ policyId }) => !faulty.has(policyId))
      .map((each) => [each.policyId, each]),
  );
  const seen = new Set<string>();
  return [...answer.validationErrors, ...idle.values()].flatMap(({ policyId, error }) => {
    const problem = error.message.replace(`for policy \`${policyId}\`, `, "");
    const start = error.sourceLocations?.[0]?.start ?? 0;
    if (seen.has(`${start} ${problem}`)) return [];
    seen.add(`${start} ${problem}`);
    return [mistakeAt(source, { start, problem: `does not fit the schema: ${problem}`, help: error.help })];
  });
}

function syntax(source: PolicySource, error: DetailedError): readonly PolicyMistake[] {
  const { message, help, sourceLocations = [], related = [] } = error;
  const [place] = sourceLocations;
  const expected = place?.label ? ` (${place.label})` : "";
  const problem = `is not Cedar: ${message.replace("failed to parse policies from string: ", "")}${expected}`;
  return [
    mistakeAt(source, { start: place?.start ?? 0, problem, help }),
    ...related.flatMap((each) => syntax(source, each)),
  ];
}

function neverHolds({ name }: PolicySource, { member, literal, writtenIn }: Misspelling): PolicyMistake {
  const right = writtenIn === "lower" ? literal.toLowerCase() : literal.toUpperCase();
  return {
    key: name,
    problem: `compares context.${member} with "${literal}", but it always comes in ${writtenIn} case`,
    example: `"${right}"`,
  };
}

function badId({ name }: PolicySource): PolicyMistake {
  return {
    key: name,
    problem: "has an @id that is not 1 to 64 letters, digits and ._-",
    example: '@id("no-gpt-for-guests")',
  };
}

function repeated(policies: readonly ParsedPolicy[]): readonly PolicyMistake[] {
  const first = new Map<string, string>();
  return policies.flatMap(({ id, file }) => {
    const before = first.get(id);
    first.set(id, before ?? file);
    if (before === undefined) return [];
    return [
      {
        key: file,
        problem: `has a policy "${id}" that ${before} has already`,
        example: '@id("another-name")',
      },
    ];
  });
}

function stem(name: string): string {
  const plain = name
    .replace(/\.cedar$/, "")
    .replace(/[^A-Za-z0-9._-]/g, "-")
    .slice(0, 56);
  return ID.test(plain) ? plain : "policy";
}
