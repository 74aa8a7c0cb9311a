import { ok, type Result, refuse } from "../core/result.ts";
import type { AuthorityLog } from "./options.ts";
import type { AuthorityRefusal } from "./refusal.ts";

/** What the store answers; a store that cannot be used is a refusal that says so (DESIGN §4: the authority fails closed). */
export async function fromStore<T>(
  ask: () => Promise<T>,
  log: Pick<AuthorityLog, "error">,
): Promise<Result<T, AuthorityRefusal>> {
  try {
    return ok(await ask());
  } catch (err) {
    log.error({ err }, "the store could not be used, and nothing was done");
    return refuse({ kind: "store_unavailable" });
  }
}
