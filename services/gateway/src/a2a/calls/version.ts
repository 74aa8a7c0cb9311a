import { A2aError } from "../errors/a2a-error.ts";
import type { A2aCall } from "./call.ts";

const VERSIONS = { "1.0": /^1\.0(\.\d+)?$/, "0.3": /^0\.3(\.\d+)?$/ } as const;

/**
 * What the client says must be what it does: a method's name tells its version, and `A2A-Version` (a header, or a query parameter) may not tell
 * another. Empty is 0.3 by the specification (§3.6); whether an agent minds that in a call of 1.0 is the agent's to say.
 * @throws A2aError `VERSION_NOT_SUPPORTED`
 */
export function checkVersion({ era }: Pick<A2aCall, "era">, asked: string | undefined): void {
  if (asked === undefined || asked === "" || VERSIONS[era].test(asked)) return;
  throw new A2aError(
    "VERSION_NOT_SUPPORTED",
    `this call is one of A2A ${era}, and A2A-Version names another`,
  );
}
