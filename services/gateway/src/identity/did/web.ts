import type { Clock } from "../../core/clock.ts";
import type { Outbound } from "../../core/ports/outbound.ts";
import type { TokenRefusal } from "../../core/refusal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { IdentityLog } from "../log.ts";
import type { VerificationKey } from "../verify-signature.ts";
import { readWebKeys, type WebKeys, webAddress } from "./web-document.ts";

/** How long a document is believed: a key that its host takes away is good for no longer. Milliseconds. */
const DOCUMENT_MS = 5 * 60_000;
/** How soon a host is asked again after it failed, or for a key that was not there. */
const RETRY_MS = 30_000;
const MAX_DOCUMENTS = 1000;
/** Documents that are fetched at the same time: below one allowed host anybody can make up as many DIDs as they like. */
const MOST_AT_ONCE = 16;
const MAX_DEPTH = 16;

interface Document {
  readonly keys: Result<WebKeys, TokenRefusal>;
  readonly since: number;
}

export interface WebKeySource {
  /** The key of this id, where the DID's document lists it for authentication. */
  find(did: string, kid: string): Promise<Result<VerificationKey, TokenRefusal>>;
}

export interface WebKeyOptions {
  readonly clock: Clock;
  /** The one outbound door (S18): https is demanded here, everything else there. */
  readonly outbound: Pick<Outbound, "send">;
  readonly log: IdentityLog;
}

/** Documents of `did:web`, fetched when a token needs them and kept for a while. Who may be asked for has been judged before. */
export function createWebKeys({ clock, outbound, log }: WebKeyOptions): WebKeySource {
  const known = new Map<string, Document>();
  const asking = new Map<string, Promise<Document>>();

  function read(did: string): Promise<Document> {
    const running = asking.get(did);
    if (running !== undefined) return running;
    // Not remembered: it says nothing of this document.
    if (asking.size >= MOST_AT_ONCE)
      return Promise.resolve({ keys: refuse("issuer_unavailable"), since: clock.now() });
    const asked = fetchKeys(did)
      .then((keys) => {
        const document = { keys, since: clock.now() };
        keep(did, document);
        return document;
      })
      .finally(() => asking.delete(did));
    asking.set(did, asked);
    return asked;
  }

  /** The one that was fetched longest ago makes room; one without keys, which anybody can ask for, only for its like. */
  function keep(did: string, document: Document): void {
    known.delete(did);
    if (known.size >= MAX_DOCUMENTS) {
      const hollow = [...known].find(([, { keys }]) => !keys.ok)?.[0];
      const [oldest] = known.keys();
      if (hollow === undefined && !document.keys.ok) return;
      known.delete(hollow ?? oldest ?? did);
    }
    known.set(did, document);
  }

  async function fetchKeys(did: string): Promise<Result<WebKeys, TokenRefusal>> {
    const url = webAddress(did);
    if (url === undefined) return refuse("unknown_key");
    const accept = "application/did+json, application/json;q=0.9";
    const answer = await outbound.send({ url, headers: { accept } });
    if (!answer.ok) {
      log.warn({ did, reason: answer.reason }, "the document of a did:web could not be fetched");
      return refuse("issuer_unavailable");
    }
    const { status, body } = answer.value;
    if (status >= 500) return refuse("issuer_unavailable");
    const document = status === 200 ? parseStrictJson(body, MAX_DEPTH) : undefined;
    const keys = document === undefined ? undefined : await readWebKeys(document, did);
    return keys === undefined ? refuse("unknown_key") : ok(keys);
  }

  return {
    async find(did, kid) {
      const now = clock.now();
      const kept = known.get(did);
      const age = kept === undefined ? Number.POSITIVE_INFINITY : now - kept.since;
      const isThere = kept?.keys.ok === true && kept.keys.value.has(kid);
      const document =
        kept !== undefined && age < (isThere ? DOCUMENT_MS : RETRY_MS) ? kept : await read(did);
      if (!document.keys.ok) return document.keys;
      const key = document.keys.value.get(kid);
      return key === undefined ? refuse("unknown_key") : ok(key);
    },
  };
}
