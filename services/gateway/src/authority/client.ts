import type { AgentAuthentication } from "@attach-dev/protocol";
import { isIdentifier } from "../core/owner.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { decodeComponent, type Form } from "../http/form.ts";
import type { AuthorityRefusal } from "./refusal.ts";

/** Who asks: the agent that will hold the token and become the actor. */
export interface Client {
  readonly id: string;
  readonly authentication: AgentAuthentication;
}

/** Who asks, from where: what every event of the request carries. */
export interface Caller {
  readonly client: Client;
  readonly userAgent: string;
  readonly requestId: string;
}

export interface ClientCredentials {
  readonly form: Form;
  /** Every `Authorization` header, as sent. */
  readonly authorization: readonly string[];
}

type Identification = Result<Client, AuthorityRefusal>;

/**
 * Who the client says it is, and by what it proves it (S01). An unregistered agent authenticates by nothing; a secret or
 * assertion that it sends all the same cannot be verified, and is refused rather than passed over. Registered agents come
 * with the registry: until then `registered` knows nobody.
 */
export function identifyClient(
  { form, authorization }: ClientCredentials,
  registration: "open" | "registered",
): Identification {
  if (authorization.length > 1) {
    return refuse({ kind: "malformed_request", detail: "more than one Authorization header" });
  }
  const basic = authorization[0] === undefined ? undefined : readBasic(authorization[0]);
  if (authorization[0] !== undefined && basic === undefined) return refuse({ kind: "client_malformed" });
  const named = form.get("client_id");
  if (basic !== undefined && named !== undefined && named !== basic.id) {
    return refuse({ kind: "client_malformed" });
  }
  const id = basic?.id ?? named;
  if (id === undefined) return refuse({ kind: "client_unidentified" });
  // S09: it goes into headers, claims and rows.
  if (!isIdentifier(id)) return refuse({ kind: "client_malformed" });
  const hasCredential =
    (basic !== undefined && basic.secret !== "") ||
    form.get("client_secret") !== undefined ||
    form.get("client_assertion") !== undefined ||
    form.get("client_assertion_type") !== undefined;
  if (hasCredential) return refuse({ kind: "client_credential_unknown" });
  if (registration === "registered") return refuse({ kind: "client_unregistered" });
  return ok({ id, authentication: "none" });
}

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
function readBasic(header: string): { readonly id: string; readonly secret: string } | undefined {
  const encoded = BASIC.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("latin1");
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  const id = decodeComponent(text.slice(0, colon));
  const secret = decodeComponent(text.slice(colon + 1));
  return id === undefined || secret === undefined ? undefined : { id, secret };
}
