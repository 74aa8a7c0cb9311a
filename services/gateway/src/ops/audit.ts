import type { FastifyPluginAsync } from "fastify";
import Type, { type Static, type TSchema } from "typebox";
import { auditLine } from "../core/audit-line.ts";
import { GatewayError } from "../core/errors.ts";
import { isIdentifier } from "../core/owner.ts";
import { AUDIT_ACTIONS, type AuditAction, type AuditFilter, type AuditStore } from "../core/ports/audit.ts";
import type { Principal } from "../core/principal.ts";
import { type AuthenticateOptions, protect } from "../http/authenticate.ts";
import { insufficientScope } from "../http/challenge.ts";

export interface AuditRouteOptions extends AuthenticateOptions {
  readonly trail: Pick<AuditStore, "read">;
}

const USUAL_PAGE = 100;

const Time = Type.String({
  pattern: "^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+-]\\d{2}:\\d{2}))?$",
  description: "ISO 8601; a day alone is its first moment, UTC.",
});
const Word = Type.String({ pattern: "^[\\x21-\\x7e]{1,255}$" });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Text = Type.String();
const Action = Type.Unsafe<AuditAction>({ type: "string", enum: [...AUDIT_ACTIONS] });

const AuditQuery = Type.Object(
  {
    since: Type.Optional(Time),
    until: Type.Optional(Time),
    agent: Type.Optional(Word),
    user: Type.Optional(
      Type.String({
        pattern: "^[\\x21-\\x7b\\x7d\\x7e]{1,255}\\|[\\x21-\\x7e]{1,255}$",
        description: "`iss|sub`: an owner is the pair, never the subject alone.",
      }),
    ),
    action: Type.Optional(Action),
    root: Type.Optional(Word),
    limit: Type.Optional(Type.String({ pattern: "^([1-9][0-9]{0,2}|1000)$" })),
    cursor: Type.Optional(Type.String({ pattern: "^[1-9][0-9]{0,14}$" })),
  },
  { additionalProperties: false },
);
type AuditQuery = Static<typeof AuditQuery>;

const EntryShape = Type.Object({
  seq: Type.Integer(),
  v: Type.Integer({ description: "Version of what the hash covers." }),
  time: Type.String({ format: "date-time" }),
  action: Action,
  decision: Type.Unsafe<"allow" | "deny">({ type: "string", enum: ["allow", "deny"] }),
  reason: nullable(Text),
  user: nullable(Type.Object({ iss: Text, sub: Text }, { description: "null once it was erased." })),
  chain: Type.Array(Text, { description: "Agents, the one that acted first." }),
  jti: nullable(Text),
  root: nullable(Text),
  sid: nullable(Text),
  resource: nullable(Text),
  policy: nullable(Text),
  requestId: nullable(Text),
  commitment: nullable(Text),
  salt: nullable(Text),
  prev: Text,
  hash: Text,
});

/** `GET /attach/v1/audit`: oldest first. Everybody's for `audit:read`, else the caller's own. */
export const auditRoutes: FastifyPluginAsync<AuditRouteOptions> = async (app, options) => {
  protect(app, options);
  app.addHook("onRequest", (_request, reply, done) => {
    reply.header("Cache-Control", "no-store");
    done();
  });
  app.setSerializerCompiler(() => JSON.stringify);
  app.get<{ Querystring: AuditQuery }>(
    "/attach/v1/audit",
    {
      schema: {
        tags: ["audit"],
        operationId: "readAudit",
        summary: "The audit trail, oldest first: one's own rows, or all with audit:read",
        querystring: AuditQuery,
        response: { 200: Type.Object({ items: Type.Array(EntryShape), next: nullable(Text) }) },
      },
    },
    async ({ query, principal }) => {
      const { limit, ...filter } = readFilter(query, visibleUser(principal, query, options.publicUrl));
      const entries = await options.trail.read({ ...filter, limit: limit + 1 });
      const items = entries.slice(0, limit).map(auditLine);
      const next = entries.length > limit ? String(items.at(-1)?.seq) : null;
      return { items, next };
    },
  );
};

type User = { readonly iss: string; readonly sub: string };

/** Whose rows are shown; `undefined`: everybody's. */
function visibleUser(principal: Principal, { user }: AuditQuery, publicUrl: string): User | undefined {
  const asked = user === undefined ? undefined : readUser(user);
  if (principal.scopes.has("audit:read")) return asked;
  // What an agent may see of its user's other agents is for the user to say.
  if (principal.kind === "agent") throw insufficientScope(publicUrl, "audit:read");
  const { iss, sub } = principal.owner;
  if (asked !== undefined && (asked.iss !== iss || asked.sub !== sub))
    throw insufficientScope(publicUrl, "audit:read");
  return { iss, sub };
}

function readUser(text: string): User {
  const bar = text.indexOf("|");
  const user = { iss: text.slice(0, bar), sub: text.slice(bar + 1) };
  if (isIdentifier(user.iss) && isIdentifier(user.sub)) return user;
  throw new GatewayError("bad_request", "user must be an issuer and a subject, with | between them");
}

function readFilter(query: AuditQuery, user: User | undefined): AuditFilter {
  const { since, until, agent, action, root, limit, cursor } = query;
  return {
    ...(since === undefined ? {} : { since: readTime(since, "since") }),
    ...(until === undefined ? {} : { until: readTime(until, "until") }),
    ...(agent === undefined ? {} : { agent }),
    ...(user === undefined ? {} : { user }),
    ...(action === undefined ? {} : { action }),
    ...(root === undefined ? {} : { root }),
    ...(cursor === undefined ? {} : { after: Number(cursor) }),
    limit: limit === undefined ? USUAL_PAGE : Number(limit),
  };
}

function readTime(text: string, name: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new GatewayError("bad_request", `${name} is not a time`);
  return time;
}
