import type { Owner } from "../owner.ts";
import type { Result } from "../result.ts";
import type { SingleUse } from "./store.ts";

/** What a wallet has signed to log in here (EIP-4361), verified. It counts once `use` has been used up. */
export interface WalletStatement {
  readonly owner: Owner;
  /** What its owner may do here. */
  readonly scopes: readonly string[];
  readonly use: SingleUse;
  /** Milliseconds since the epoch; `null` where the message names no end. */
  readonly expiresAt: number | null;
}

export type WalletRefusal =
  /** Not a message of EIP-4361, or not a signature, to the letter. */
  | "malformed"
  /** Signed for another site, or for another address of this one. */
  | "wrong_domain"
  /** Not one of our nonces, or too old. */
  | "unknown_nonce"
  | "expired"
  | "not_yet_valid"
  | "bad_signature"
  | "not_allowed";

/** Log-in by wallet (CONTRACT §3): a nonce of ours, in a message that the wallet signs. */
export interface WalletLogin {
  readonly nonceLifeSeconds: number;
  nonce(): string;
  verify(message: string, signature: string): Promise<Result<WalletStatement, WalletRefusal>>;
}
