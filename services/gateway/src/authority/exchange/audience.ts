import { ok, type Result, refuse } from "../../core/result.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import type { ExchangeDemand } from "./demand.ts";

/**
 * The one audience of the token: `PUBLIC_URL`, for all routes of the gateway. A `resource` is compared as a URL (RFC 8707
 * §2: absolute, no fragment), since clients write an origin with or without its last slash; an `audience` is a name.
 */
export function chooseAudience(
  targets: ExchangeDemand["targets"],
  publicUrl: string,
): Result<string, AuthorityRefusal> {
  const own = new URL(publicUrl).href;
  const isOurs = targets.every(({ kind, value }) =>
    kind === "audience"
      ? value === publicUrl || value === own
      : !value.includes("#") && hrefOf(value) === own,
  );
  return isOurs ? ok(publicUrl) : refuse({ kind: "target_unknown" });
}

function hrefOf(value: string): string | undefined {
  return URL.canParse(value) ? new URL(value).href : undefined;
}
