import type { AuditEvent } from "../../../core/ports/audit.ts";

/**
 * An event on its way to the writer's thread: values without their names, which cost a structured clone twice the time of the
 * values. There may be one for every relayed call.
 */
export type PackedEvent = readonly [
  time: number,
  action: AuditEvent["action"],
  decision: AuditEvent["decision"],
  reason: string | null,
  iss: string | null,
  sub: string | null,
  chain: readonly string[],
  jti: string | null,
  root: string | null,
  session: string | null,
  resource: string | null,
  policy: string | null,
  requestId: string | null,
];

export function packEvent(event: AuditEvent): PackedEvent {
  const { user } = event;
  return [
    event.time,
    event.action,
    event.decision,
    event.reason,
    user === null ? null : user.iss,
    user === null ? null : user.sub,
    event.chain,
    event.jti,
    event.root,
    event.session,
    event.resource,
    event.policy,
    event.requestId,
  ];
}

export function unpackEvent(packed: PackedEvent): AuditEvent {
  const [time, action, decision, reason, iss, sub, chain, jti, root, session, resource, policy, requestId] =
    packed;
  const user = iss === null || sub === null ? null : { iss, sub };
  return { time, action, decision, reason, user, chain, jti, root, session, resource, policy, requestId };
}
