import type { FastifyPluginAsync } from "fastify";
import { managementOf } from "../registry/agent-routes.ts";
import { type Management, managed } from "../registry/events.ts";
import type { RegistryOptions } from "../registry/options.ts";
import { iso } from "../registry/page.ts";
import { findTarget } from "./find-target.ts";
import { RevocationCreate, RevocationShape } from "./schema.ts";

/** `POST /attach/v1/revocations`: kills by token, delegation, root, session, agent or user (T05). */
export const revocationRoutes: FastifyPluginAsync<RegistryOptions> = async (app, options) => {
  app.post<{ Body: RevocationCreate }>(
    "/attach/v1/revocations",
    {
      schema: {
        tags: ["tokens"],
        operationId: "revoke",
        summary: "Kill a token, delegation, tree, session, agent or user, with everything below it",
        body: RevocationCreate,
        response: { 201: RevocationShape },
      },
    },
    async (request, reply) => {
      reply.code(201);
      return revoke(request.body, managementOf(request), options);
    },
  );
};

/**
 * Each record with its audit row in one transaction; in effect here before the answer leaves, elsewhere within a second.
 * @throws GatewayError `forbidden`, `not_found`, `bad_request`
 */
async function revoke(
  demand: RevocationCreate,
  management: Management,
  { store, revocations, clock, publicUrl }: RegistryOptions,
): Promise<RevocationShape> {
  const now = clock.now();
  const { records, ...told } = await findTarget(demand, management.manager, { store, publicUrl, now });
  const [reason = ""] = Object.keys(demand);
  const outcomes = [];
  for (const record of records) {
    const about = { time: now, resource: record.value, reason, ...told };
    outcomes.push(await store.revoke(record, managed("revocation.create", management, about)));
    // Also where it was dead before: another process may have been the one that killed it.
    revocations.apply(record);
  }
  const kind = records[0]?.kind ?? "dlg";
  return { kind, at: iso(now), repeated: outcomes.every((outcome) => outcome === "repeated") };
}
