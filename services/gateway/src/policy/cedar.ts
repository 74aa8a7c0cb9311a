import type * as CedarModule from "@cedar-policy/cedar-wasm/nodejs";

/** The policy engine: Rust in WebAssembly, no I/O of its own. */
export type Cedar = typeof CedarModule;

/** Loads it when it is first asked for: 4 MB of WebAssembly that `--help` has no use for. */
export async function loadCedar(): Promise<Cedar> {
  return import("@cedar-policy/cedar-wasm/nodejs");
}
