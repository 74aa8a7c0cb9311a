export type DidMethod = "key" | "pkh" | "web";

/** Who may log in by DID, as DID_METHODS and DID_ALLOW say. */
export interface DidRules {
  readonly methods: readonly DidMethod[];
  /** DIDs; with `:*` at the end, everything below; `*` alone is anyone, save hosts of `did:web`, which are always named. */
  readonly allow: readonly string[];
}

/** The method of a DID, where it is one that is on. */
export function methodOf(did: string, { methods }: DidRules): DidMethod | undefined {
  return methods.find((method) => did.startsWith(`did:${method}:`));
}

/**
 * May this DID log in? Asked before anything is fetched or computed for it. `*` names nobody's host: who may log in by `did:web`
 * also decides where this machine sends requests to.
 */
export function isAllowed(did: string, { allow }: Pick<DidRules, "allow">): boolean {
  const plain = folded(did);
  return allow.some((entry) => {
    if (entry === "*") return !did.startsWith("did:web:");
    if (entry === EVERY_HOST) return false;
    const wanted = folded(entry);
    return wanted.endsWith(":*") ? plain.startsWith(wanted.slice(0, -1)) : plain === wanted;
  });
}

/** It would name every host there is, and so none; the configuration refuses it, too. */
const EVERY_HOST = "did:web:*";

/** An address has two spellings, one account. */
function folded(did: string): string {
  return did.startsWith("did:pkh:") ? did.toLowerCase() : did;
}
