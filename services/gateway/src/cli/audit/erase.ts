import { systemClock } from "../../core/clock.ts";
import { isIdentifier } from "../../core/owner.ts";
import { type Call, EXIT } from "../call.ts";
import { CliError } from "../cli-error.ts";
import type { ToolFlags } from "../tool.ts";
import { withStore } from "../with-store.ts";

/** Forgets who a person is in every row of the trail. The chain holds commitments only, so it stays whole (S21). */
export async function eraseUser(call: Call, flags: ToolFlags): Promise<number> {
  const [text = ""] = flags["user"] ?? [];
  const bar = text.indexOf("|");
  const user = { iss: text.slice(0, Math.max(bar, 0)), sub: text.slice(bar + 1) };
  if (!isIdentifier(user.iss) || !isIdentifier(user.sub))
    throw new CliError("--user must be an issuer and a subject: 'https://issuer.example|subject'", {
      usage: true,
    });
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
