import { AttachError } from "./errors.ts";
import { readError } from "./read-error.ts";

type Fetch = typeof globalThis.fetch;

/** The JSON that one of the gateway's own routes answers. @throws AttachError what {@link send} throws; `invalid_response` */
export async function ask<T>(fetch: Fetch, path: string, init?: RequestInit): Promise<T> {
  const response = await send(fetch, path, init);
  try {
    return (await response.json()) as T;
  } catch (cause) {
    init?.signal?.throwIfAborted();
    const { status } = response;
    throw new AttachError("invalid_response", "the gateway's answer is not JSON", { status, cause });
  }
}

/** An answer that is a success. @throws AttachError the gateway's refusal, `network_error`, `timeout`; the signal's own reason */
export async function send(fetch: Fetch, path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    if (cause instanceof AttachError) throw cause;
    init?.signal?.throwIfAborted();
    throw new AttachError("network_error", "the gateway cannot be reached", { cause });
  }
  if (!response.ok) throw await readError(response);
  return response;
}
