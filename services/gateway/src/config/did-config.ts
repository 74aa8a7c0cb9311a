/** Who may log in by DID: `methods` and `allow` are both non-empty. */
export interface DidConfig {
  readonly methods: readonly ("key" | "pkh" | "web")[];
  /** DIDs; `:*` at the end: all below; `*`: anyone, `did:web` aside. */
  readonly allow: readonly string[];
  /** Is `<did>.<token>` read as well? */
  readonly compat: boolean;
}
