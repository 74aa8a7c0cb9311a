import { RESPONSE_HEADERS } from "@attach-dev/protocol";
import type { FastifyRequest } from "fastify";
import { identityStamps } from "../../proxy/stamps.ts";

/**
 * What of a caller's headers goes on to an agent: these and no others, so that nothing can be forged, in whatever spelling (S16). Everything that
 * says who calls is ours.
 */
const PASSED = [
  ...["accept", "accept-language", "a2a-version", "a2a-extensions", "x-a2a-extensions"],
  ...["traceparent", "tracestate", "last-event-id"],
];

/** The headers of a request to an agent: name, value, name, value, …. The token is the one that was made for it (A04). */
export function agentHeaders(
  request: FastifyRequest,
  {
    token,
    session,
    hasBody,
  }: { readonly token: string; readonly session: string; readonly hasBody: boolean },
): string[] {
  const { headers } = request.raw;
  const sent = PASSED.flatMap((name) => {
    const value = headers[name];
    return typeof value === "string" ? [name, value] : [];
  });
  return [
    ...sent,
    ...(hasBody ? ["content-type", headers["content-type"] ?? "application/json"] : []),
    "accept-encoding",
    "identity",
    ...identityStamps(request.principal, session),
    RESPONSE_HEADERS.requestId,
    request.id,
    "authorization",
    `Bearer ${token}`,
  ];
}
