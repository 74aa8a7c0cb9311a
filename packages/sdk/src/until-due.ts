import { AttachError } from "./errors.ts";

/**
 * Does something that ends with the caller's signal, and after so many milliseconds.
 * @throws AttachError `timeout`; the signal's own reason; what `work` throws
 */
export async function untilDue<T>(
  { signal, timeout }: { readonly signal?: AbortSignal | undefined; readonly timeout?: number | undefined },
  work: (until: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const due = timeout === undefined ? undefined : AbortSignal.timeout(timeout);
  const given = [signal, due].filter((one) => one !== undefined);
  try {
    return await work(given.length > 1 ? AbortSignal.any(given) : given[0]);
  } catch (error) {
    signal?.throwIfAborted();
    if (due?.aborted) throw new AttachError("timeout", `it took longer than ${timeout} ms`, { cause: error });
    throw error;
  }
}
