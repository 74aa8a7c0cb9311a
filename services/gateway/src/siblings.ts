import type { SharedProofs } from "./core/ports/dpop.ts";
import type { MetricSnapshot } from "./observability/metrics/snapshot.ts";

/** The other processes that serve the same port (`--workers`). What is told here takes effect there within milliseconds. */
export interface Siblings {
  /** This process answers with it when another gathers. */
  offer(snapshot: () => readonly MetricSnapshot[]): void;
  /** What every one of them counts, this one among them. One that does not answer in time is left out. */
  gather(): Promise<readonly (readonly MetricSnapshot[])[]>;
  /** DPoP proofs that any of them has accepted (S11). */
  readonly proofs: SharedProofs;
  /** Something was revoked here, and stands in the store. */
  tellRevoked(): void;
  /** Something was revoked by another. */
  onRevoked(listener: () => void): void;
}
