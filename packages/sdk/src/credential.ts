import { AttachError } from "./errors.ts";
import { checkSigningKey, randomId, signJws } from "./sign-jws.ts";
import type { WebKey } from "./web-crypto.ts";

/**
 * What a registered agent proves itself by, as it was registered: a secret (`client_secret_basic`), or a private key whose public
 * half the gateway knows (`private_key_jwt`, RFC 7523).
 */
export type AgentCredential =
  | { readonly secret: string }
  | {
      /** ES256, RS256, PS256 or Ed25519; it need not be extractable. */
      readonly privateKey: WebKey;
      /** Names the key among the agent's registered ones. */
      readonly kid: string;
      /** The gateway's `PUBLIC_URL`, where it is reached by another address than that. */
      readonly issuer?: string;
    };

/** Seconds that an assertion is good. */
const ASSERTION_LIFE = 60;
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** @throws AttachError `invalid_argument`; the message never holds the secret */
export function checkCredential(credential: unknown): AgentCredential | undefined {
  if (credential === undefined) return undefined;
  const own: Record<string, unknown> = Object.assign(Object.create(null), credential);
  const { secret, privateKey, kid, issuer } = own;
  if (typeof secret === "string" && secret !== "" && privateKey === undefined) return { secret };
  const isKey = typeof privateKey === "object" && privateKey !== null && "algorithm" in privateKey;
  if (secret === undefined && isKey && typeof kid === "string" && kid !== "") {
    checkSigningKey(privateKey as WebKey);
    if (issuer === undefined) return { privateKey: privateKey as WebKey, kid };
    if (typeof issuer === "string") return { privateKey: privateKey as WebKey, kid, issuer };
  }
  throw new AttachError("invalid_argument", "credential is { secret } or { privateKey, kid }");
}

/**
 * Puts the credential to a request (RFC 6749 §2.3.1, RFC 7523 §2.2). An assertion names one issuer, ours: one that another server
 * coaxed out of us would be good nowhere else.
 */
export async function authenticate(
  { form, headers }: { readonly form: URLSearchParams; readonly headers: Headers },
  credential: AgentCredential,
  { agentId, gateway, now }: { readonly agentId: string; readonly gateway: URL; readonly now: number },
): Promise<void> {
  if ("secret" in credential) {
    const pair = `${formEncode(agentId)}:${formEncode(credential.secret)}`;
    headers.set("Authorization", `Basic ${btoa(pair)}`);
    return;
  }
  const iat = Math.floor(now / 1000);
  const claims = {
    ...{ iss: agentId, sub: agentId, aud: credential.issuer ?? gateway.origin },
    ...{ jti: randomId(), iat, exp: iat + ASSERTION_LIFE },
  };
  form.set("client_assertion_type", ASSERTION_TYPE);
  form.set(
    "client_assertion",
    await signJws({ typ: "JWT", kid: credential.kid }, claims, credential.privateKey),
  );
}

/** `application/x-www-form-urlencoded`, as RFC 6749 §2.3.1 wants both halves: ASCII whatever went in. */
const formEncode = (text: string) => new URLSearchParams({ v: text }).toString().slice(2);
