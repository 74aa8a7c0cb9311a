/** As a record of the registry; the credential is still the file's. */
export interface ConfiguredAgent {
  readonly id: string;
  readonly name: string;
  readonly owner: { readonly iss: string; readonly sub: string };
  readonly secret?: string;
  /** A file. */
  readonly jwks?: string;
  readonly scopes: readonly string[] | null;
  readonly audiences: readonly string[];
  readonly ttlSeconds: number | null;
  readonly depth: number | null;
  readonly mayDelegateTo: readonly string[] | null;
  readonly introspect: boolean;
  readonly endpoint: {
    readonly url: string;
    readonly protocol: "a2a" | "http";
    readonly resource: string;
  } | null;
}
