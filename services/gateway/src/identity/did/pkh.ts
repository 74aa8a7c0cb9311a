import { createHash } from "node:crypto";
import { splitToken } from "../verify-signature.ts";
import { checksumAddress, recoverAddress } from "./ethereum.ts";

/** CAIP-10 within `did:pkh`, `eip155` alone: a chain by its number, without a leading zero, and an address. */
const PKH = /^did:pkh:eip155:([1-9][0-9]{0,15}):(0x[0-9a-fA-F]{40})$/;

export interface PkhAccount {
  readonly chainId: number;
  readonly address: string;
  /** With the address as EIP-55 spells it: one account, one owner. */
  readonly did: string;
}

/** The account that a `did:pkh` names. @returns `undefined` for other chains' kinds, and an address whose checksum is wrong */
export async function readPkh(did: string): Promise<PkhAccount | undefined> {
  const [, chain = "", text = ""] = PKH.exec(did) ?? [];
  const chainId = Number(chain);
  const address = text === "" ? undefined : await checksumAddress(text);
  if (address === undefined || !Number.isSafeInteger(chainId)) return undefined;
  return { chainId, address, did: pkhOf(chainId, address) };
}

export function pkhOf(chainId: number, address: string): string {
  return `did:pkh:eip155:${chainId}:${address}`;
}

/** Is this token signed by the account's key (ES256K-R: who signed is recovered, and compared)? */
export async function isSignedByAccount(
  { token, alg }: { readonly token: string; readonly alg: string },
  { address }: PkhAccount,
): Promise<boolean> {
  if (alg !== "ES256K-R") return false;
  const { input, signature } = splitToken(token);
  const digest = createHash("sha256").update(input).digest();
  return (await recoverAddress(digest, signature)) === address;
}
