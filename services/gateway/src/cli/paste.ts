export interface Paste {
  readonly publicUrl: string;
  readonly issuer: string;
  readonly engine: string;
  /** Is the engine the demo engine? */
  readonly demo: boolean;
  readonly database: string;
  readonly accessToken: string;
}

/** What `dev` prints: where everything is, and lines that work in another terminal. */
export function pasteLines({
  publicUrl,
  issuer,
  engine,
  demo,
  database,
  accessToken,
}: Paste): readonly string[] {
  const chat = `{"model": "llama3.2", "messages": [{"role": "user", "content": "Why is the sky blue?"}]}`;
  return [
    `Attach Gateway (dev) is at ${publicUrl}`,
    `  users    ${issuer}  (OpenID provider; Alice and Bob, no passwords; client attach-cli)`,
    `  engine   ${engine}${demo ? "  (demo answers; a real one: --upstream http://localhost:11434)" : ""}`,
    `  data     ${database}`,
    "",
    "Paste this into another terminal:",
    "",
    "# Alice's token, by a real log-in just now; good for an hour",
    `ALICE=${accessToken}`,
    "",
    "# Without a token: 401",
    `curl -i ${publicUrl}/api/tags`,
    "",
    "# As Alice",
    `curl ${publicUrl}/api/tags -H "Authorization: Bearer $ALICE"`,
    "",
    "# A token of its own for her agent, for one scope and five minutes (RFC 8693)",
    `AGENT=$(curl -s ${publicUrl}/oauth/token \\`,
    "  -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange \\",
    "  -d subject_token_type=urn:ietf:params:oauth:token-type:access_token -d subject_token=$ALICE \\",
    `  -d client_id=research-agent -d scope=llm:read | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    "",
    "# The agent chats for Alice: the engine is told both names, and sees neither token",
    `curl -N ${publicUrl}/api/chat -H "Authorization: Bearer $AGENT" -d '${chat}'`,
    "",
    "# Where its scopes end: 403. Revoked (RFC 7009): 401 at once",
    `curl -i ${publicUrl}/api/pull -H "Authorization: Bearer $AGENT" -d '{"model": "llama3.2"}'`,
    `curl -i ${publicUrl}/oauth/revoke -d client_id=research-agent -d token=$AGENT`,
    `curl -i ${publicUrl}/api/tags -H "Authorization: Bearer $AGENT"`,
    "",
    "Ctrl-C ends it all.",
  ];
}
