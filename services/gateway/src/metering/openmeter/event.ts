import type { UsageRecord } from "../../core/ports/metering.ts";

/** CloudEvents type of a call's usage: what a meter is defined over. */
const TYPE = "attach.usage";

/**
 * A call's usage as a CloudEvent 1.0. Its id is the request's, so that an event that arrives twice is known by id and source. The
 * subject is the owner, issuer and all: who is billed must not be taken for somebody else's `alice`.
 * @param source `PUBLIC_URL`
 */
export function usageEvent(usage: UsageRecord, source: string): string {
  const { inputTokens, outputTokens } = usage.usage;
  return JSON.stringify({
    specversion: "1.0",
    id: usage.id,
    source,
    type: TYPE,
    subject: `${usage.owner.iss}|${usage.owner.sub}`,
    time: new Date(usage.time).toISOString(),
    datacontenttype: "application/json",
    data: {
      issuer: usage.owner.iss,
      user: usage.owner.sub,
      tenant: usage.owner.tenant,
      agent: usage.agent,
      root: usage.root,
      model: usage.model,
      upstream: usage.upstream,
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      source: usage.usage.source,
      aborted: usage.aborted,
    },
  });
}
