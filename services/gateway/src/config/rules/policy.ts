import type { Rule } from "./rule.ts";

/** Cedar refuses what nothing permits: without any policy that is everything. */
export const somePolicyHolds: Rule = ({ settings: { policy }, layers: { report } }) => {
  if (policy.defaults || policy.files.length > 0 || report.isFaulty("policy.files")) return;
  report.mistake(
    "policy.defaults",
    "leaves no policy at all, and what no policy permits is refused: name yours in POLICY_DIR",
    "POLICY_DIR=./policies",
  );
};
