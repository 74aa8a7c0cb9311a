import type { AgentAuthentication } from "@attach-dev/protocol";
import type { AgentRecord } from "../core/ports/agents.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { proveByAssertion } from "./client-assertion.ts";
import { type ClientCredentials, type Credential, readCredential } from "./client-credential.ts";
import { isClientSecret } from "./client-secret.ts";
import type { AuthorityOptions } from "./options.ts";
import type { AuthorityRefusal } from "./refusal.ts";
import { fromStore } from "./store-call.ts";

/** Who asks: at the token endpoint the agent that will hold the token and become the actor, unless it names another. */
export interface Client {
  readonly id: string;
  readonly authentication: AgentAuthentication;
  /** `null`: nobody registered this id (`open` only). */
  readonly record: AgentRecord | null;
}

/** Who asks, from where: what every event of the request carries. */
export interface Caller {
  readonly client: Client;
  readonly userAgent: string;
  readonly requestId: string;
  /**
   * When the request came, in milliseconds: before anything was verified, and what is issued says so. Hence a revocation that
   * arrives while it is being judged still reaches what comes out (S12).
   */
  readonly at: number;
}

export type ClientOptions = Pick<
  AuthorityOptions,
  "assertions" | "clientSecretKeys" | "log" | "registration" | "store"
>;

type Authentication = Result<Client, AuthorityRefusal>;

/**
 * Who the client is, and by what it proves it (S01). An unregistered agent (`open` only) authenticates by nothing; a
 * registered one always as registered. A credential that cannot be verified is refused, never passed over.
 */
export async function authenticateClient(
  credentials: ClientCredentials,
  options: ClientOptions,
): Promise<Authentication> {
  const credential = readCredential(credentials, options.assertions);
  if (!credential.ok) return credential;
  const record = await fromStore(() => options.store.findAgent(credential.value.id), options.log);
  if (!record.ok) return record;
  if (record.value === undefined) return admitUnregistered(credential.value, options);
  const proved = await prove(credential.value, record.value, options);
  if (!proved.ok) return proved;
  // Only who holds the credential is told more than that it was refused.
  if (record.value.status !== "active") return refuse({ kind: "client_suspended" });
  const { id, method } = credential.value;
  return ok({ id, authentication: method, record: record.value });
}

function admitUnregistered(
  { id, method }: Credential,
  { registration }: Pick<AuthorityOptions, "registration">,
): Authentication {
  if (method !== "none") return refuse({ kind: "client_credential_unknown" });
  if (registration === "registered") return refuse({ kind: "client_unregistered" });
  return ok({ id, authentication: "none", record: null });
}

/** As registered: by a secret, in the header or the form alike, or by its key. */
async function prove(
  credential: Credential,
  record: AgentRecord,
  options: ClientOptions,
): Promise<Result<undefined, AuthorityRefusal>> {
  switch (credential.method) {
    case "none":
      return refuse({ kind: "client_credential_missing" });
    case "private_key_jwt":
      return proveByAssertion(credential.assertion, record, options);
    case "client_secret_basic":
    case "client_secret_post": {
      const { id, auth, secretHash } = record;
      const isTheirs =
        auth !== "private_key_jwt" &&
        secretHash !== null &&
        isClientSecret(options.clientSecretKeys, { id, secretHash }, credential.secret);
      return isTheirs ? ok(undefined) : refuse({ kind: "client_credential_wrong" });
    }
  }
}
