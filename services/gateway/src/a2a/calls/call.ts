import type { JsonObject } from "../../core/strict-json.ts";
import type { Binding, Era, OperationName } from "./operations.ts";

/** A request to an agent, read and not yet judged. */
export interface A2aCall {
  readonly binding: Binding;
  readonly era: Era;
  readonly operation: OperationName;
  /** The JSON-RPC id, for the answer. */
  readonly rpcId: string | number | null;
  /** `params` of JSON-RPC, the body of HTTP+JSON; empty where there is none. */
  readonly params: JsonObject;
  /** As it came; goes on so unless something in it must be ours. */
  readonly body: Buffer | null;
  readonly method: string;
  /** HTTP+JSON: below the interface's address, made anew out of what was read. */
  readonly path: string;
  /** HTTP+JSON: with its `?`, or empty. */
  readonly query: string;
  readonly named: NamedThings;
}

/** What a call names: all of it must be its caller's. */
export interface NamedThings {
  /** Must be there and the caller's. */
  readonly tasks: readonly string[];
  /** May be new: then it becomes the caller's. */
  readonly context: string | null;
  /** The push configuration that is asked for or removed. */
  readonly config: string | null;
}
