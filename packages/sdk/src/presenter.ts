/** How a token is shown to the gateway. */
export interface Presenter {
  readonly tokenType: "Bearer" | "DPoP";
  /** The headers that carry it, for one request. `url` is where that goes. */
  present(request: { readonly method: string; readonly url: URL }, token: string): Promise<Headers>;
  /** What a token request needs besides its form. */
  prove(request: { readonly method: string; readonly url: URL }, token: string): Promise<Headers>;
  /** Takes in the nonce of an answer. @returns was there one, so that a request that lacked it may be sent again? */
  heed(response: Response): boolean;
}

/** Whoever holds it may use it (RFC 6750). */
export const BEARER: Presenter = {
  tokenType: "Bearer",
  present: async (_request, token) => new Headers({ Authorization: `Bearer ${token}` }),
  prove: async () => new Headers(),
  heed: () => false,
};
