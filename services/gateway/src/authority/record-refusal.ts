import type { AuditEvent } from "../core/ports/audit.ts";
import type { AuthorityOptions } from "./options.ts";

/** Puts a refusal on record. It stands either way: nothing was issued. */
export async function recordRefusal(
  event: AuditEvent,
  { store, log }: Pick<AuthorityOptions, "log" | "store">,
): Promise<void> {
  try {
    await store.trail.append([event]);
  } catch (err) {
    log.error({ requestId: event.requestId, err }, "a refusal could not be recorded");
  }
}
