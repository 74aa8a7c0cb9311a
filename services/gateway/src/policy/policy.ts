import type { Policy, PolicyQuestion } from "../core/ports/policy.ts";
import { toCedar } from "./call.ts";
import { type Cedar, loadCedar } from "./cedar.ts";
import type { PolicyChange } from "./change.ts";
import { createDecisions } from "./decisions.ts";
import { DEFAULT_POLICIES, SCHEMA } from "./defaults.gen.ts";
import { PolicyError, type PolicyMistake } from "./mistake.ts";
import { type ParsedPolicy, parseSet } from "./parse-set.ts";
import { createPolicySet, type Judgement, type PolicySet } from "./policy-set.ts";
import { fingerprint, readSources } from "./sources.ts";
import { watchFiles } from "./watch.ts";

export interface PolicyOptions {
  /** Files, and folders of `*.cedar` files: the operator's own policies. */
  readonly files: readonly string[];
  /** Whether the policies that are shipped hold beside them. */
  readonly defaults: boolean;
  readonly log: PolicyLog;
}

export interface PolicyLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface LoadedPolicy extends Policy {
  /** The set as it stands. */
  readonly policies: readonly ParsedPolicy[];
  /** The same answer as `decide`, not remembered, with what led to it. */
  explain(question: PolicyQuestion): Judgement;
  /**
   * From now on looks at the files, and tells when another set has come into force.
   * @param everyMs a change is in force after two to three rounds
   */
  watch(onChange: (change: PolicyChange) => void, everyMs?: number): void;
  close(): void;
}

const WATCH_MS = 1_000;

/**
 * Loads the policies and decides by them. Files that change are read again, and take the old set's place in one step once all
 * of them are right; else the old set stays, and the log says why.
 * @throws {PolicyError} with everything that is wrong, when the first set cannot be used
 */
export async function createPolicy(options: PolicyOptions): Promise<LoadedPolicy> {
  const { files, log } = options;
  const cedar = await loadCedar();
  const seen = await fingerprint(files);
  let force = inForce(createPolicySet(cedar, SCHEMA, await readPolicies(cedar, options)), log);

  async function reload(onChange: (change: PolicyChange) => void): Promise<void> {
    try {
      const next = createPolicySet(cedar, SCHEMA, await readPolicies(cedar, options));
      const previous = force.set.version;
      force.set.drop();
      force = inForce(next, log);
      if (next.version === previous) return;
      log.info({ version: next.version, previous, policies: next.policies.length }, "policies changed");
      onChange({ version: next.version, previous });
    } catch (error) {
      const mistakes = error instanceof PolicyError ? error.mistakes : [];
      const fields = mistakes.length > 0 ? { mistakes } : { err: error };
      log.error(
        { ...fields, version: force.set.version },
        "the policies are wrong: the old ones stay in force",
      );
    }
  }

  log.info({ version: force.set.version, policies: force.set.policies.length }, "policies in force");
  let stop = () => {};

  return {
    decide: (question) => force.decide(question),
    get needsModel() {
      return force.set.inputs.model;
    },
    get version() {
      return force.set.version;
    },
    get policies() {
      return force.set.policies;
    },
    explain: (question) => force.set.judge(toCedar(question)),
    watch(onChange, everyMs = WATCH_MS) {
      if (files.length === 0) return;
      stop();
      const look = () => fingerprint(files);
      stop = watchFiles({ seen, look, everyMs, onChange: () => reload(onChange) });
    },
    close: () => stop(),
  };
}

/** A set and what was decided by it: they come and go together. */
function inForce(set: PolicySet, log: PolicyLog) {
  const decide = createDecisions(set, ({ id, problem }) =>
    log.error({ policy: `${set.version}:${id}`, problem }, "a policy could not be worked out"),
  );
  return { set, decide };
}

/** @throws {PolicyError} */
async function readPolicies(
  cedar: Cedar,
  { files, defaults }: PolicyOptions,
): Promise<readonly ParsedPolicy[]> {
  const own = await readOwn(cedar, files);
  const shipped: readonly ParsedPolicy[] = defaults ? DEFAULT_POLICIES : [];
  const names = new Set(shipped.map(({ id }) => id));
  const taken = own.filter(({ id }) => names.has(id));
  if (taken.length > 0) throw new PolicyError(taken.map(isShipped));
  return [...shipped, ...own];
}

async function readOwn(cedar: Cedar, files: readonly string[]): Promise<readonly ParsedPolicy[]> {
  if (files.length === 0) return [];
  const sources = await readSources(files);
  if (!sources.ok) throw new PolicyError(sources.reason);
  const parsed = parseSet(cedar, SCHEMA, sources.value);
  if (!parsed.ok) throw new PolicyError(parsed.reason);
  return parsed.value;
}

function isShipped({ id, file }: ParsedPolicy): PolicyMistake {
  return {
    key: file,
    problem: `has a policy "${id}", which is the name of one that is shipped`,
    example: "another @id, or POLICY_DEFAULTS=off to leave the shipped ones out",
  };
}
