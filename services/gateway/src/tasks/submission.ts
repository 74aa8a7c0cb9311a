import { GatewayError } from "../core/errors.ts";

export interface Submission {
  readonly input: unknown;
  readonly targetUrl: string | undefined;
}

/**
 * `{input, target_url?}`; a body without `input` is itself the input (CONTRACT §3).
 * @throws GatewayError `bad_request`
 */
export function readSubmission(body: unknown): Submission {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new GatewayError("bad_request", "a JSON object is expected: {input, target_url?}");
  const { target_url: targetUrl, ...rest } = body as Record<string, unknown>;
  if (targetUrl !== undefined && targetUrl !== null && typeof targetUrl !== "string")
    throw new GatewayError("bad_request", "target_url must be a text");
  const address = targetUrl ?? undefined;
  if (address !== undefined && address.length > 2048)
    throw new GatewayError("bad_request", "target_url is longer than 2048 characters");
  if (!("input" in rest)) {
    if (Object.keys(rest).length === 0) throw new GatewayError("bad_request", "there is no input");
    return { input: rest, targetUrl: address };
  }
  const { input } = rest;
  if (input === null || (typeof input !== "object" && typeof input !== "string"))
    throw new GatewayError("bad_request", "input must be an object or a text");
  return { input, targetUrl: address };
}
