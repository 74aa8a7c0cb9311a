import { type Call, EXIT } from "../call.ts";
import { CliError } from "../cli-error.ts";
import type { ToolFlags } from "../tool.ts";
import { openTrail } from "./open-trail.ts";

/** The newest signed checkpoint, alone on standard output, to be kept where the gateway's machine cannot write. */
export async function printCheckpoint(call: Call, flags: ToolFlags): Promise<number> {
  const trail = openTrail(call, flags);
  try {
    const newest = trail.checkpoints.at(-1);
    if (newest === undefined)
      throw new CliError("there is no checkpoint yet: the gateway makes them while it runs and when it ends");
    call.say(newest.jws);
    call.tell(`It states row ${newest.seq} of ${trail.highest}.`);
    return EXIT.ok;
  } finally {
    trail.close();
  }
}
