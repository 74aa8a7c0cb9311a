import { readError } from "./read-error.ts";

/**
 * The form of a revocation. An unregistered agent authenticates by nothing but its matching `client_id`.
 * @see [RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1)
 */
export function revokeRequest(token: string, agentId: string): URLSearchParams {
  return new URLSearchParams({ token, token_type_hint: "access_token", client_id: agentId });
}

/**
 * Judges the answer to {@link revokeRequest}: 200 and nothing else is a success, also for a token that was dead already.
 * @throws AttachError the gateway's refusal
 * @see [RFC 7009 §2.2](https://www.rfc-editor.org/rfc/rfc7009#section-2.2)
 */
export async function processRevokeResponse(response: Response): Promise<void> {
  if (response.status !== 200) throw await readError(response);
  await response.body?.cancel();
}
