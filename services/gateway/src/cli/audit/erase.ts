import { systemClock } from "../../core/clock.ts";
import { type Call, EXIT } from "../call.ts";
import type { ToolFlags } from "../tool.ts";
import { userFlag } from "../user-flag.ts";
import { withStore } from "../with-store.ts";

/** Forgets who a person is in every row of the trail. The chain holds commitments only, so it stays whole (S21). */
export async function eraseUser(call: Call, flags: ToolFlags): Promise<number> {
  const user = userFlag(flags);
  const rows = await withStore(call, flags, ({ trail }) =>
    trail.erase(user, {
      time: systemClock.now(),
      action: "audit.erase",
      decision: "allow",
      reason: null,
      // Who it was is what must be forgotten.
      user: null,
      chain: [],
      jti: null,
      root: null,
      session: null,
      resource: null,
      policy: null,
      requestId: null,
    }),
  );
  call.say(`Erased from ${rows} ${rows === 1 ? "row" : "rows"} of the audit trail.`);
  return EXIT.ok;
}
