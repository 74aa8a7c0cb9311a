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
 * Recorded with its audit row in one transaction; in effect here before the answer leaves, elsewhere within a second.
 * @throws GatewayError `forbidden`, `not_found`, `bad_request`
 */
async function revoke(
  demand: RevocationCreate,
  management: Management,
  { store, revocations, clock }: RegistryOptions,
): Promise<RevocationShape> {
  const now = clock.now();
  const { record, ...told } = await findTarget(demand, management.manager, { store, now });
  const [what = ""] = Object.keys(demand);
  const event = managed("revocation.create", management, {
    time: now,
    resource: record.value,
    reason: what,
    ...told,
  });
  const outcome = await store.revoke(record, event);
  // Also where it was dead before: another process may have been the one that killed it.
  revocations.apply(record);
  return { kind: record.kind, at: iso(record.at), repeated: outcome === "repeated" };
}
