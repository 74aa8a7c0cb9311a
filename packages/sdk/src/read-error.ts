import { RESPONSE_HEADERS } from "@attach-dev/protocol";
import { parseObject, readText, toMembers } from "./bounded-body.ts";
import { parseChallenge } from "./challenge.ts";
import { AttachError, isWireCode } from "./errors.ts";

/**
 * Makes an {@link AttachError} of an answer that is not a success. Understands OAuth errors (RFC 6749 §5.2), problem
 * details (RFC 9457), the error bodies of OpenAI and Ollama, and Bearer challenges (RFC 6750 §3). Reads at most 64 KiB of
 * the body, and consumes it.
 *
 * ```ts
 * const response = await agent.fetch("/api/chat", { method: "POST", body });
 * if (!response.ok) throw await readError(response);
 * ```
 */
export async function readError(response: Response): Promise<AttachError> {
  // What cannot be read tells nothing; the status and the headers still do.
  const text = response.bodyUsed ? "" : await readText(response).catch(() => "");
  return describe(response, readBody(text));
}

/** The same from the status and headers alone: the body stays unread, for whoever made the call. */
export function readErrorHead(response: Response): AttachError {
  return describe(response, {});
}

interface ErrorText {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly requestId?: unknown;
}

function describe(response: Response, body: ErrorText): AttachError {
  const challenge = parseChallenge(response.headers.get("WWW-Authenticate"));
  const sent = [body.code, challenge?.error].filter((code) => typeof code === "string");
  const code = sent.find(isWireCode);
  const message =
    printable(body.message) ??
    printable(challenge?.errorDescription) ??
    printable(sent[0]) ??
    `the gateway answered ${response.status}`;
  return new AttachError(code ?? "http_error", message, {
    status: response.status,
    requestId: printable(response.headers.get(RESPONSE_HEADERS.requestId) ?? body.requestId),
    reason: code === undefined ? printable(sent[0]) : undefined,
    challenge,
    retryAfter: retryAfter(response.headers.get("Retry-After")),
  });
}

/** Each dialect by its shape, not by its path: a proxy in between may have answered in another. */
function readBody(text: string): ErrorText {
  const body = parseObject(text);
  if (body === undefined) return {};
  const requestId = body.get("requestId");
  const error = body.get("error");
  const nested = toMembers(error);
  if (nested !== undefined) return { code: nested.get("code"), message: nested.get("message"), requestId };
  if (typeof error === "string") {
    const code = body.get("code");
    const description = body.get("error_description");
    if (code !== undefined) return { code, message: error, requestId };
    if (description !== undefined || isWireCode(error))
      return { code: error, message: description ?? error, requestId };
    return { message: error, requestId };
  }
  return { code: body.get("code"), message: body.get("detail") ?? body.get("title"), requestId };
}

const MAX_TEXT = 512;

/** What a server sent, fit for a message and a log line: one line, bounded. */
function printable(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  const line = text
    .slice(0, MAX_TEXT)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ")
    .trim();
  return line === "" ? undefined : line;
}

/** Seconds; the date form is of no use to a program that waits. */
function retryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
}
