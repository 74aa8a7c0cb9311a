import { systemClock } from "../../core/clock.ts";
import { type Call, EXIT } from "../call.ts";
import type { ToolFlags } from "../tool.ts";
import { userFlag } from "../user-flag.ts";
import { withStore } from "../with-store.ts";

/** Forgets everything that is remembered of a user, what waits to be redacted too; the audit trail says that it was done. */
export async function eraseMemory(call: Call, flags: ToolFlags): Promise<number> {
  const [tenant = null] = flags["tenant"] ?? [];
  const owner = { ...userFlag(flags), tenant };
  const events = await withStore(call, flags, ({ memory }) =>
    memory.eraseAll(owner, {
      time: systemClock.now(),
      action: "memory.erase",
      decision: "allow",
      reason: null,
      user: { iss: owner.iss, sub: owner.sub },
      chain: [],
      jti: null,
      root: null,
      session: null,
      resource: null,
      policy: null,
      requestId: null,
    }),
  );
  call.say(`Erased ${events} ${events === 1 ? "event" : "events"} of memory.`);
  return EXIT.ok;
}
