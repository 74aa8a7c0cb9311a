/** One issuer that we do not trust ourselves, and the identity provider that does. */
export interface ForeignIssuer {
  /** The `iss` of the tokens that are exchanged, to the character. */
  readonly issuer: string;
  /** The issuer of ours whose tokens come out. Nothing else is taken for an answer. */
  readonly idp: string;
  /** Its token endpoint. */
  readonly tokenEndpoint: string;
  readonly clientId: string;
  /** Unset: a public client. */
  readonly clientSecret?: string | undefined;
}
