/** WebCrypto's own key, by whatever name the runtime's types have it. */
export type WebKey = Parameters<typeof crypto.subtle.sign>[1];

/** As `crypto.subtle.generateKey` gives it. */
export interface WebKeyPair {
  readonly privateKey: WebKey;
  readonly publicKey: WebKey;
}
