import { type Call, EXIT } from "../call.ts";
import type { ToolFlags } from "../tool.ts";
import { withStore } from "../with-store.ts";

const SIGNS: Readonly<Record<string, string>> = {
  next: "published, signs soon",
  active: "signs",
  retiring: "published until the tokens it signed are over",
  retired: "withdrawn; kept to verify old checkpoints",
};

/** Every key there ever was, oldest first. Public facts only. */
export async function listKeys(call: Call, flags: ToolFlags): Promise<number> {
  const keys = await withStore(call, flags, (store) => store.loadSigningKeys());
  for (const { kid, alg, status, changedAt } of keys) {
    call.say([kid, alg, status.padEnd(8), new Date(changedAt).toISOString(), SIGNS[status]].join("  "));
  }
  if (keys.length === 0) call.tell("There is no key yet: the gateway makes the first one when it starts.");
  return EXIT.ok;
}
