import type { Checkpoint } from "../core/ports/audit.ts";
import type { SigningKey } from "../core/ports/keys.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { type FindKey, readStatement, signStatement } from "./statement.ts";

export interface Stand {
  readonly seq: number;
  readonly hash: string;
}

/** States where the chain stands, signed (S21). */
export function signCheckpoint(
  head: Stand,
  { time, issuer, key }: { readonly time: number; readonly issuer: string; readonly key: SigningKey },
): Checkpoint {
  const { seq, hash } = head;
  return {
    seq,
    hash,
    time,
    jws: signStatement("attach-checkpoint+jwt", { seq, hash, time, iss: issuer }, key),
  };
}

/** What a checkpoint states, by its signature alone: whatever stands beside the JWS counts for nothing. Pure. */
export function readCheckpoint(
  jws: string,
  find: FindKey,
): Result<Stand & { readonly time: number }, string> {
  const read = readStatement(jws, "attach-checkpoint+jwt", find);
  if (!read.ok) return read;
  const { seq, hash, time } = read.value;
  if (!Number.isSafeInteger(seq) || typeof hash !== "string" || !Number.isSafeInteger(time))
    return refuse("states no place in a chain");
  return ok({ seq: seq as number, hash, time: time as number });
}
