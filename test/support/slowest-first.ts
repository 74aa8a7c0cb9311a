import type { TestSpecification } from "vitest/node";
import { BaseSequencer } from "vitest/node";

/**
 * Files that take longest, mostly in waiting for others (a server's start, a poll's interval): they begin first, or the last of them
 * would run alone at the end while a core stands idle. A name that is missing here costs seconds, nothing else.
 */
const SLOWEST = [
  "e2e/keycloak",
  "e2e/keys",
  "e2e/image",
  "e2e/packed",
  "e2e/limits-processes",
  "e2e/cli-login",
  "sqlite/store",
  "e2e/temporal",
  "e2e/identity-issuer-faults",
  "e2e/cli-token",
  "e2e/policy",
  "e2e/audit-checkpoints",
  "e2e/demo",
  "e2e/cli-agents",
  "e2e/cli.test",
  "e2e/cli-doctor",
  "memory/memory.test",
  "e2e/upstream-failures",
  "e2e/audit-gap",
  "e2e/ollama",
  "e2e/workers",
  "e2e/memory-crash",
  "e2e/clients",
  "e2e/tasks-crash",
];

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = await super.sort(files);
    return rest.sort((one, other) => rank(one) - rank(other));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const place = SLOWEST.findIndex((name) => moduleId.includes(`/${name}`));
  return place === -1 ? SLOWEST.length : place;
}
