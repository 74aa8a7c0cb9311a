import type { FastifyPluginAsync } from "fastify";
import Type, { type Static, type TSchema } from "typebox";
import type { Clock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import type { Owner } from "../core/owner.ts";
import type { UsageQuestion, UsageStore } from "../core/ports/metering.ts";
import type { Principal } from "../core/principal.ts";
import { type AuthenticateOptions, protect } from "../http/authenticate.ts";
import { insufficientScope } from "../http/challenge.ts";

export interface UsageRouteOptions extends AuthenticateOptions {
  readonly usage: Pick<UsageStore, "read">;
  /** Writes what was counted and is not written yet, so that a call shows at once. */
  readonly flush: () => Promise<void>;
  readonly clock: Clock;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const USUAL_PAGE = 100;
/** Longest that an answer waits for what is not written yet, in milliseconds. */
const FLUSH_MS = 1_000;

const Time = Type.String({
  pattern: "^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+-]\\d{2}:\\d{2}))?$",
  description: "ISO 8601; a day alone is its first moment, UTC. Usage is kept by the hour.",
});
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const UsageQuery = Type.Object(
  {
    from: Type.Optional(Time),
    to: Type.Optional(Time),
    by: Type.Optional(Type.Unsafe<UsageQuestion["by"]>({ type: "string", enum: ["agent", "user", "model"] })),
    limit: Type.Optional(Type.String({ pattern: "^([1-9][0-9]{0,2}|1000)$" })),
    cursor: Type.Optional(Type.String({ pattern: "^[1-9][0-9]{0,8}$" })),
  },
  { additionalProperties: false },
);
type UsageQuery = Static<typeof UsageQuery>;

const Count = Type.Integer({ minimum: 0 });
const LineShape = Type.Object({
  agent: Type.Optional(nullable(Type.String({ description: "null: the owners themselves." }))),
  user: Type.Optional(Type.Object({ iss: Type.String(), sub: Type.String() })),
  model: Type.Optional(nullable(Type.String({ description: "null: the calls named none." }))),
  requests: Count,
  inputTokens: Count,
  outputTokens: Count,
  totalTokens: Count,
  estimatedTokens: Type.Integer({
    minimum: 0,
    description: "Of the total, the tokens of calls whose engine did not say.",
  }),
});

/** `GET /attach/v1/usage`: calls and tokens, most tokens first. Everybody's for `admin`, else the caller's own. */
export const usageRoutes: FastifyPluginAsync<UsageRouteOptions> = async (app, options) => {
  protect(app, options);
  app.addHook("onRequest", (_request, reply, done) => {
    reply.header("Cache-Control", "no-store");
    done();
  });
  app.setSerializerCompiler(() => JSON.stringify);
  app.get<{ Querystring: UsageQuery }>(
    "/attach/v1/usage",
    {
      schema: {
        tags: ["usage"],
        operationId: "readUsage",
        summary: "Calls and tokens by agent, user or model: one's own, or everybody's with admin",
        description:
          "The last 30 days by model, unless something else is asked for. Calls that no model answered are not in it.",
        querystring: UsageQuery,
        response: { 200: Type.Object({ items: Type.Array(LineShape), next: nullable(Type.String()) }) },
      },
    },
    async ({ query, principal }) => {
      const owner = visibleOwner(principal, options.publicUrl);
      const { from, to } = readHours(query, options.clock.now());
      const by = query.by ?? "model";
      const limit = query.limit === undefined ? USUAL_PAGE : Number(query.limit);
      const offset = Number(query.cursor ?? 0);
      await Promise.race([options.flush(), new Promise((wake) => setTimeout(wake, FLUSH_MS).unref())]);
      const lines = await options.usage.read({ owner, from, to, by, limit: limit + 1, offset });
      const items = lines
        .slice(0, limit)
        .map(({ requests, inputTokens, outputTokens, estimatedTokens, ...line }) => ({
          [by]: line[by],
          requests,
          inputTokens,
          outputTokens,
          totalTokens: inputTokens + outputTokens,
          estimatedTokens,
        }));
      return { items, next: lines.length > limit ? String(offset + limit) : null };
    },
  );
};

/** Whose usage is shown; `null`: everybody's. */
function visibleOwner(principal: Principal, publicUrl: string): Owner | null {
  if (principal.scopes.has("admin")) return null;
  // What an agent may see of its user's other agents is for the user to say.
  if (principal.kind === "agent") throw insufficientScope(publicUrl, "admin");
  return principal.owner;
}

/** Whole hours: the one that `from` falls into is shown, and so is that of the last moment before `to`. */
function readHours(query: UsageQuery, now: number): { readonly from: number; readonly to: number } {
  const to = query.to === undefined ? now + 1 : readTime(query.to, "to");
  const from = query.from === undefined ? to - 30 * DAY_MS : readTime(query.from, "from");
  return { from: from - (from % HOUR_MS), to };
}

function readTime(text: string, name: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new GatewayError("bad_request", `${name} is not a time`);
  return time;
}
