import type { AddressGuard, Outbound } from "../../core/ports/outbound.ts";
import { invalid } from "../calls/members.ts";

/** Where clients may be told. */
export interface Webhooks {
  readonly outbound: Outbound;
  readonly guard: AddressGuard;
  /** Hosts in one's own network, which may also be plain http. */
  readonly allowedHosts: ReadonlySet<string>;
}

/**
 * https, to a public address (S18). Judged here so that the client hears of it; judged again, with the very addresses that are then connected to,
 * whenever something is sent.
 * @throws A2aError `INVALID_PARAMS`
 */
export async function checkWebhook(url: URL, { guard, allowedHosts }: Webhooks): Promise<void> {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const isSecure = url.protocol === "https:" || (url.protocol === "http:" && allowedHosts.has(host));
  if (!isSecure) throw invalid("url must be https");
  if (!(await guard.mayReach(url.hostname))) throw invalid("url is not one that notices are sent to");
}
