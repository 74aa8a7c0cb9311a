import { AttachError } from "./errors.ts";

/** How the gateway's authority is reached. */
export interface PostOptions {
  readonly gateway: URL;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds for the whole of one exchange of messages, body included. */
  readonly timeout: number;
}

/** A form, and what goes along with it. */
export interface PostedForm {
  readonly form: URLSearchParams;
  readonly headers?: Headers;
}

/**
 * Posts a form to the authority and lets `judge` decide on the answer, all within the time allowed.
 * @throws AttachError `network_error`, `timeout`, `redirect_refused`, and what `judge` throws
 */
export async function postForm<T>(
  { gateway, fetch, timeout }: PostOptions,
  path: string,
  { form, headers = new Headers() }: PostedForm,
  judge: (response: Response) => Promise<T>,
): Promise<T> {
  headers.set("Accept", "application/json");
  headers.set("Content-Type", "application/x-www-form-urlencoded");
  try {
    // Only members that every runtime knows: some edge runtimes throw on `credentials`, `cache` and `mode`.
    const response = await fetch(new URL(path, gateway).href, {
      method: "POST",
      headers,
      body: form.toString(),
      redirect: "manual",
      signal: AbortSignal.timeout(timeout),
    });
    if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
      await response.body?.cancel();
      throw new AttachError(
        "redirect_refused",
        "the authority answered with a redirect, and tokens do not follow it",
        {
          status: response.status,
        },
      );
    }
    return await judge(response);
  } catch (error) {
    throw error instanceof AttachError ? error : toTransportError(error, gateway);
  }
}

function toTransportError(cause: unknown, gateway: URL): AttachError {
  if (cause instanceof Error && cause.name === "TimeoutError") {
    return new AttachError("timeout", `the gateway at ${gateway.origin} did not answer in time`, { cause });
  }
  return new AttachError("network_error", `the gateway at ${gateway.origin} cannot be reached`, { cause });
}
