import { isIP } from "node:net";
import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";
import { readJwk } from "../oidc/jwk.ts";
import type { VerificationKey } from "../verify-signature.ts";
import { readMultikey } from "./key.ts";

const HOST = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const SEGMENT = /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/;

/**
 * Where the document of a `did:web` is (did:web §2.5.2). One spelling of each: a lower-case name, its port behind `%3A`, plain path
 * segments. Never an IP address, in whatever notation.
 */
export function webAddress(did: string): string | undefined {
  const [place = "", ...path] = did.slice("did:web:".length).split(":");
  const [host = "", port, ...rest] = place.split("%3A");
  const isPlace =
    HOST.test(host) && rest.length === 0 && (port === undefined || /^[1-9][0-9]{0,4}$/.test(port));
  if (!isPlace || isIP(host) !== 0 || !path.every((segment) => SEGMENT.test(segment))) return undefined;
  const file = path.length === 0 ? ".well-known" : path.join("/");
  const text = `https://${host}${port === undefined ? "" : `:${port}`}/${file}/did.json`;
  // `0x7f.1` is a name to us and 127.0.0.1 to whoever reads the address: what is read otherwise is not asked for.
  return URL.canParse(text) && new URL(text).hostname === host ? text : undefined;
}

/** Most methods that are looked at: a document may be large, and every key costs. */
const MAX_METHODS = 50;
const JWK_ALGORITHMS = ["ES256", "EdDSA", "Ed25519"];
const KINDS: ReadonlyMap<Json | undefined, "jwk" | "multibase"> = new Map([
  ["JsonWebKey", "jwk"],
  ["JsonWebKey2020", "jwk"],
  ["Multikey", "multibase"],
  ["Ed25519VerificationKey2020", "multibase"],
]);

export type WebKeys = ReadonlyMap<string, VerificationKey>;

/**
 * The keys of a DID document that are listed for authentication, by their whole id (DID Core §5.3.1). What has another controller, or
 * serves another purpose only, is passed over.
 * @returns `undefined` for what is not the document of this DID
 */
export async function readWebKeys(document: Json, did: string): Promise<WebKeys | undefined> {
  if (!isJsonObject(document) || document["id"] !== did) return undefined;
  const { authentication = [], verificationMethod = [] } = document;
  if (!Array.isArray(authentication) || !Array.isArray(verificationMethod)) return undefined;
  if (authentication.length + verificationMethod.length > MAX_METHODS) return undefined;
  const whole = (id: Json | undefined) => (typeof id === "string" && id.startsWith("#") ? `${did}${id}` : id);
  const keys = new Map<string, VerificationKey>();
  for (const entry of authentication as readonly Json[]) {
    const id = whole(isJsonObject(entry) ? entry["id"] : entry);
    const named = (verificationMethod as readonly Json[]).filter(
      (one): one is JsonObject => isJsonObject(one) && whole(one["id"]) === id,
    );
    const candidates = isJsonObject(entry) ? [entry, ...named] : named;
    const [method, ...others] = candidates;
    // Two keys of one id: which one is meant is anybody's guess.
    if (method === undefined || others.length > 0 || method["controller"] !== did) continue;
    const key = await readMethod(method);
    if (key !== undefined && typeof id === "string" && id.startsWith(`${did}#`)) keys.set(id, key);
  }
  return keys;
}

async function readMethod({
  type,
  publicKeyJwk,
  publicKeyMultibase,
}: JsonObject): Promise<VerificationKey | undefined> {
  const kind = KINDS.get(type);
  if (kind === "multibase" && typeof publicKeyMultibase === "string" && publicKeyJwk === undefined)
    return readMultikey(publicKeyMultibase);
  if (kind !== "jwk" || !isJsonObject(publicKeyJwk) || publicKeyMultibase !== undefined) return undefined;
  const key = readJwk(publicKeyJwk, JWK_ALGORITHMS);
  return typeof key === "string" ? undefined : key;
}
