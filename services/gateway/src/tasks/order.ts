import type { Principal } from "../core/principal.ts";

/** What is to be done, and on whose behalf: everything that whoever does it needs. Kept as ciphertext. */
export interface TaskOrder {
  readonly principal: Principal;
  readonly userAgent: string;
  /** W3C trace context of the request; `null` where it had none. */
  readonly traceparent: string | null;
  readonly input: unknown;
}

type Kept = Omit<TaskOrder, "principal"> & {
  readonly principal: Omit<Principal, "scopes"> & { readonly scopes: readonly string[] };
};

export function writeOrder({ principal, ...rest }: TaskOrder): string {
  return JSON.stringify({ ...rest, principal: { ...principal, scopes: [...principal.scopes] } });
}

/** Reads what `writeOrder` has written; the seal around it says that it was us. */
export function readOrder(text: string): TaskOrder {
  const { principal, ...rest } = JSON.parse(text) as Kept;
  return { ...rest, principal: { ...principal, scopes: new Set(principal.scopes) } as unknown as Principal };
}
