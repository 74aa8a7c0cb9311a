import type { SeenProof } from "../../core/ports/dpop.ts";
import type { MetricSnapshot } from "../../observability/metrics/snapshot.ts";

/** What a worker says to the primary. */
export type FromWorker =
  | { readonly kind: "ready"; readonly url: string }
  /** Nothing was begun: whoever started us is to hear of it. */
  | { readonly kind: "failed"; readonly code: number }
  | { readonly kind: "revoked" }
  | { readonly kind: "proof"; readonly id: number; readonly proof: SeenProof }
  | { readonly kind: "gather"; readonly id: number }
  | { readonly kind: "snapshot"; readonly id: number; readonly snapshot: readonly MetricSnapshot[] };

/** What the primary says to a worker. */
export type FromPrimary =
  | { readonly kind: "revoked" }
  | { readonly kind: "proof"; readonly id: number; readonly use: "first" | "repeated" | "full" }
  | { readonly kind: "snapshot?"; readonly id: number }
  | { readonly kind: "gathered"; readonly id: number; readonly all: readonly (readonly MetricSnapshot[])[] };

export const isMessage = (value: unknown): value is { readonly kind: string } =>
  typeof value === "object" && value !== null && typeof (value as { kind?: unknown }).kind === "string";
