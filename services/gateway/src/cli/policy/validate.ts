import { type Call, EXIT } from "../call.ts";
import type { ToolOrder } from "../tool.ts";
import { toolConfig } from "../tool-config.ts";
import { loadPolicies } from "./load.ts";

/** Are the policies right, as the gateway would load them? Says which there are. */
export async function validate(call: Call, { words, flags }: ToolOrder): Promise<number> {
  const { files, defaults } = toolConfig(call, flags).policy;
  const policy = await loadPolicies(call, { files: words.length > 0 ? words : files, defaults });
  for (const { id, file, json } of policy.policies) call.say(`${json.effect.padEnd(6)}  ${id}  (${file})`);
  call.say(`${policy.policies.length} policies, version ${policy.version}`);
  if (policy.needsModel) call.say("They look at the model of a call, so bodies are read for it.");
  return EXIT.ok;
}
