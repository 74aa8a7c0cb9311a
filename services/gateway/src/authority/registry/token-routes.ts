import type { FastifyPluginAsync } from "fastify";
import Type, { type Static } from "typebox";
import type { TokenRow } from "../../core/ports/store.ts";
import { managerOf } from "./manager.ts";
import type { RegistryOptions } from "./options.ts";
import { iso, pageQuestion, showPage } from "./page.ts";
import { PageQuery, pageOf, Time } from "./schema.ts";

const Id = Type.String();

/** A token as it is shown (CONTRACT §3): its row, never its text. */
const TokenShape = Type.Object({
  jti: Id,
  dlg: Id,
  agent: Id,
  scopes: Type.Array(Type.String()),
  parent: Type.Union([Id, Type.Null()], { description: "The delegation above; null at depth 1." }),
  root: Id,
  sid: Id,
  iat: Time,
  exp: Time,
  revokedAt: Type.Optional(Time),
});

/** `GET /attach/v1/tokens`: newest first. */
export const tokenRoutes: FastifyPluginAsync<RegistryOptions> = async (app, { store }) => {
  app.get<{ Querystring: PageQuery }>(
    "/attach/v1/tokens",
    {
      schema: {
        tags: ["tokens"],
        operationId: "listTokens",
        summary: "Issued tokens, newest first: one's own, or all for admin",
        querystring: PageQuery,
        response: { 200: pageOf(TokenShape) },
      },
    },
    async (request) => {
      const question = pageQuestion(request.query, managerOf(request.principal));
      return showPage(await store.listTokens(question), showToken);
    },
  );
};

function showToken({
  jti,
  delegation,
  agent,
  scopes,
  parent,
  root,
  ...row
}: TokenRow): Static<typeof TokenShape> {
  return {
    jti,
    dlg: delegation,
    agent,
    scopes: [...scopes],
    parent,
    root,
    sid: row.session,
    iat: iso(row.issuedAt),
    exp: iso(row.expiresAt),
    ...(row.revokedAt === null ? {} : { revokedAt: iso(row.revokedAt) }),
  };
}
