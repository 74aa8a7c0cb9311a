import { isJsonObject, type Json, parseStrictJson } from "../../core/strict-json.ts";
import { A2aError } from "../errors/a2a-error.ts";
import type { A2aCall } from "./call.ts";
import { plainParams, readMembers } from "./members.ts";
import { readNamed } from "./named.ts";
import { operationOf } from "./operations.ts";

/** Deeper than data of any sense; what parses deeper costs stack. */
const MAX_DEPTH = 64;

/**
 * A JSON-RPC request (§4 of JSON-RPC 2.0; A2A has no batches), that every parser reads in the same way.
 * @throws A2aError
 */
export function readRpc(body: Buffer | null): A2aCall {
  const value = body === null ? undefined : parseStrictJson(body, MAX_DEPTH);
  if (value === undefined)
    throw new A2aError("PARSE_ERROR", "the body is not JSON, or JSON that can be read in two ways");
  if (!isJsonObject(value)) throw new A2aError("INVALID_REQUEST", "the body is not one JSON-RPC request");
  const rpcId = readRpcId(value["id"]);
  try {
    return readRequest(value, rpcId, body);
  } catch (error) {
    throw error instanceof A2aError ? new A2aError(error.reason, error.message, rpcId) : error;
  }
}

function readRpcId(id: Json | undefined): string | number | null {
  if (id === undefined || id === null) return null;
  if (typeof id !== "string" && typeof id !== "number")
    throw new A2aError("INVALID_REQUEST", "id must be a string or a number");
  return id;
}

function readRequest(
  request: { readonly [member: string]: Json },
  rpcId: A2aCall["rpcId"],
  body: Buffer | null,
): A2aCall {
  const { jsonrpc, method, params } = readMembers(request, "the request") as Record<string, Json | undefined>;
  if (jsonrpc !== "2.0" || typeof method !== "string")
    throw new A2aError("INVALID_REQUEST", 'a request has jsonrpc: "2.0" and a method');
  const known = operationOf(method);
  if (known === undefined) throw new A2aError("METHOD_NOT_FOUND", "no version of A2A has this method");
  if (params !== undefined && !isJsonObject(params))
    throw new A2aError("INVALID_PARAMS", "params must be an object");
  const sent = params ?? {};
  const given = plainParams(sent);
  return {
    ...known,
    binding: "JSONRPC",
    rpcId,
    params: given,
    body: given === sent ? body : Buffer.from(JSON.stringify({ ...request, params: given })),
    method: "POST",
    path: "",
    query: "",
    named: readNamed(known.operation, known.era, given),
  };
}
