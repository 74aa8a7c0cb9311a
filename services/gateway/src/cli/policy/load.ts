import { formatMistakes } from "../../config/mistakes.ts";
import { PolicyError } from "../../policy/mistake.ts";
import { createPolicy, type LoadedPolicy } from "../../policy/policy.ts";
import type { Call } from "../call.ts";
import { CliError } from "../cli-error.ts";

/**
 * The policies as the gateway would load them now.
 * @throws CliError with every mistake
 */
export async function loadPolicies(
  call: Call,
  config: { readonly files: readonly string[]; readonly defaults: boolean },
): Promise<LoadedPolicy> {
  const log = {
    info: () => {},
    error: (fields: object, message: string) => call.tell(`${message}: ${JSON.stringify(fields)}`),
  };
  try {
    return await createPolicy({ ...config, log });
  } catch (error) {
    if (error instanceof PolicyError) throw new CliError(formatMistakes(error.mistakes), { usage: true });
    throw error;
  }
}
