import { isIdentifier } from "../core/owner.ts";
import type { AssertionVerifier } from "../core/ports/assertions.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { decodeComponent, type Form } from "../http/form.ts";
import type { AuthorityRefusal } from "./refusal.ts";

export interface ClientCredentials {
  readonly form: Form;
  /** Every `Authorization` header, as sent. */
  readonly authorization: readonly string[];
}

/** What a client says it is and what it shows for it. Nothing is proved yet. */
export type Credential =
  | { readonly id: string; readonly method: "none" }
  | {
      readonly id: string;
      readonly method: "client_secret_basic" | "client_secret_post";
      readonly secret: string;
    }
  | { readonly id: string; readonly method: "private_key_jwt"; readonly assertion: string };

/** RFC 7521 §4.2. */
const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Reads the one credential of a request (RFC 6749 §2.3): more than one is refused, and so is more than one id. */
export function readCredential(
  { form, authorization }: ClientCredentials,
  assertions: Pick<AssertionVerifier, "claimedClient">,
): Result<Credential, AuthorityRefusal> {
  if (authorization.length > 1) return malformed("more than one Authorization header");
  const [header] = authorization;
  const basic = header === undefined ? undefined : readBasic(header);
  if (header !== undefined && basic === undefined) return refuse({ kind: "client_malformed" });
  const secret = form.get("client_secret");
  const assertion = form.get("client_assertion");
  const kinds = [basic?.secret, secret, assertion].filter((shown) => shown !== undefined && shown !== "");
  if (kinds.length > 1) return malformed("a client authenticates by one method only");
  const type = form.get("client_assertion_type");
  if ((assertion === undefined) !== (type === undefined) || (type ?? JWT_BEARER) !== JWT_BEARER) {
    return refuse({ kind: "client_credential_unknown" });
  }

  const claimed = assertion === undefined ? undefined : assertions.claimedClient(assertion);
  if (assertion !== undefined && claimed === undefined) {
    return refuse({ kind: "client_assertion_refused", reason: "malformed" });
  }
  const ids = new Set([basic?.id, form.get("client_id"), claimed].filter((id) => id !== undefined));
  const [id] = ids;
  if (id === undefined) return refuse({ kind: "client_unidentified" });
  // S09: it goes into headers, claims and rows.
  if (ids.size > 1 || !isIdentifier(id)) return refuse({ kind: "client_malformed" });

  if (assertion !== undefined) return ok({ id, method: "private_key_jwt", assertion });
  if (basic !== undefined && basic.secret !== "") {
    return ok({ id, method: "client_secret_basic", secret: basic.secret });
  }
  return ok(secret === undefined ? { id, method: "none" } : { id, method: "client_secret_post", secret });
}

const malformed = (detail: string) => refuse({ kind: "malformed_request", detail } as const);

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
