import { createHash } from "node:crypto";
import type { AuthorizationAnswer, StatefulAuthorizationCall } from "@cedar-policy/cedar-wasm/nodejs";
import type { CedarQuestion } from "./call.ts";
import type { Cedar } from "./cedar.ts";
import { type Inputs, inputsOf } from "./inputs.ts";
import type { ParsedPolicy } from "./parse-set.ts";

/** What a set of policies says to one question. */
export interface Judgement {
  readonly allowed: boolean;
  /** The policies that decided, sorted; none where nothing permitted. */
  readonly policies: readonly string[];
  /** Those that could not be worked out, with the reason; the empty id where the engine itself failed. */
  readonly faults: readonly { readonly id: string; readonly problem: string }[];
}

/** A policy set that is parsed and ready inside the engine. */
export interface PolicySet {
  /** A hash of the policies and of the schema they were written for: 16 hex digits. */
  readonly version: string;
  readonly inputs: Inputs;
  readonly policies: readonly ParsedPolicy[];
  judge(question: CedarQuestion): Judgement;
  /** Lets go of the engine's copy; nothing can be judged afterwards. */
  drop(): void;
}

let made = 0;

/**
 * Puts validated policies into the engine.
 * @throws when the engine does not take them, which validation excludes
 */
export function createPolicySet(cedar: Cedar, schema: string, policies: readonly ParsedPolicy[]): PolicySet {
  const preparsedPolicySetId = `set-${++made}`;
  const staticPolicies = Object.fromEntries(policies.map(({ id, body }) => [id, body]));
  const prepared = cedar.preparsePolicySet(preparsedPolicySetId, { staticPolicies });
  if (prepared.type === "failure") throw new Error(prepared.errors.map(({ message }) => message).join("; "));
  const forbids = new Set(policies.flatMap(({ id, json }) => (json.effect === "forbid" ? [id] : [])));
  return {
    version: versionOf(schema, policies),
    inputs: inputsOf(policies.map(({ json }) => json)),
    policies,
    judge(question) {
      const answer = ask(cedar, { ...question, preparsedPolicySetId, validateRequest: false });
      if (answer.type === "failure") {
        const problem = answer.errors.map(({ message }) => message).join("; ");
        return { allowed: false, policies: [], faults: [{ id: "", problem }] };
      }
      const { decision, diagnostics } = answer.response;
      const faults = diagnostics.errors.map(({ policyId, error }) => ({
        id: policyId,
        problem: error.message,
      }));
      // Cedar passes over a policy that fails. For a `forbid` that would open what it was written to close.
      const failed = faults.flatMap(({ id }) => (forbids.has(id) ? [id] : []));
      if (failed.length > 0) return { allowed: false, policies: failed.sort(), faults };
      return { allowed: decision === "allow", policies: [...diagnostics.reason].sort(), faults };
    },
    drop: () => void cedar.preparsePolicySet(preparsedPolicySetId, { staticPolicies: {} }),
  };
}

type Answer =
  | AuthorizationAnswer
  | { readonly type: "failure"; readonly errors: readonly { readonly message: string }[] };

/** A trap in the engine is an answer too: no. It must not end the process. */
function ask(cedar: Cedar, call: StatefulAuthorizationCall): Answer {
  try {
    return cedar.statefulIsAuthorized(call);
  } catch (error) {
    return { type: "failure", errors: [{ message: String(error) }] };
  }
}

function versionOf(schema: string, policies: readonly ParsedPolicy[]): string {
  const sorted = [...policies].sort((one, other) => (one.id < other.id ? -1 : 1));
  const text = JSON.stringify([schema, sorted.map(({ id, text }) => [id, text])]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
