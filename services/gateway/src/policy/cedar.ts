import { setFlagsFromString } from "node:v8";
import type * as CedarModule from "@cedar-policy/cedar-wasm/nodejs";

/** The policy engine: Rust in WebAssembly, no I/O of its own. */
export type Cedar = typeof CedarModule;

/**
 * How much of a function V8 runs before it optimises it, in bytes: eight times its own choice. Reading the policies at the start is
 * work of once, yet long enough that V8 would optimise the parser in three threads meanwhile: 26 MB, of which the process kept half
 * for good. What is asked again and again gets there all the same.
 */
const TIERING_BUDGET = 100_000_000;

/** Loads it when it is first asked for: 4 MB of WebAssembly that `--help` has no use for. */
export async function loadCedar(): Promise<Cedar> {
  setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`);
  return import("@cedar-policy/cedar-wasm/nodejs");
}
