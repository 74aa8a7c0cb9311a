import { GatewayError } from "../core/errors.ts";
import type { Admission, CallEnd, CallLimiter, RelayedCall, Usage } from "../core/ports/relayed-call.ts";
import { ok, refuse } from "../core/result.ts";
import { estimateTokens } from "./estimate.ts";
import { modelWork, routeName } from "./model-routes.ts";
import type {
  Admission as Judged,
  LimitQuestion,
  LimitRefusal,
  Limits,
  TokenEstimate,
  TokenUse,
} from "./question.ts";

/** A body that was too large to be read and does not say how large it is counts as this many bytes. */
const UNREAD_BYTES = 8 * 1024 * 1024;

/** The station of the relay: a call's question to the rules, and their answer as the caller is told it. */
export function limitCalls(limits: Limits): CallLimiter {
  return {
    reserve(call) {
      const question = questionOf(call, limits.needsBody);
      const judged = limits.admit(question);
      return judged instanceof Promise
        ? judged.then((late) => admission(late, question))
        : admission(judged, question);
    },
  };
}

function questionOf(call: RelayedCall, needsBody: boolean): LimitQuestion {
  return {
    principal: call.principal,
    route: routeName(call.path, call.scope),
    model: call.read?.model ?? null,
    tokens: needsBody ? tokensOf(call) : null,
  };
}

function tokensOf({ method, path, read, headers }: RelayedCall): TokenEstimate | null {
  const work = modelWork(method, path);
  if (work === "none") return null;
  if (read === null) return { input: 0, output: work === "writes" ? null : 0 };
  const { body, json } = read;
  if (body !== null) {
    const estimate = estimateTokens({ body, json }, work === "writes" ? path : null);
    return isFetchedLater(path, json) ? { ...estimate, unseen: true } : estimate;
  }
  const bytes = Number(headers["content-length"] ?? UNREAD_BYTES);
  return { input: Math.ceil(bytes / 4), output: work === "writes" ? null : 0 };
}

/** OpenAI's background responses answer at once, and what they write is fetched by a GET. */
function isFetchedLater(path: string, json: Readonly<Record<string, unknown>> | null): boolean {
  if (!path.endsWith("/responses")) return false;
  return json === null || (json["background"] ?? false) !== false;
}

function admission(judged: Judged, question: LimitQuestion): Admission {
  if (!judged.ok) return refuse(told(judged.reason));
  const { headers, settle } = judged.value;
  return ok({
    headers,
    settle: (end: CallEnd, usage: Usage | null) => settle(useOf(question, end, usage)),
  });
}

/**
 * What a call counts as in the end. An engine that answered by an error has generated nothing. One that answered, and nobody
 * could tell how much, counts as what was expected: forgetting it would make a budget worth nothing. So does one whose caller left
 * before it answered: it may have written all of it by then.
 */
function useOf(
  { tokens }: LimitQuestion,
  { status, aborted, bytesIn }: CallEnd,
  usage: Usage | null,
): TokenUse | null | "expected" {
  if (tokens === null) return null;
  const isLeft = status === 0 && aborted && bytesIn > 0;
  const isSuccess = status >= 200 && status < 300;
  if (isLeft || (tokens.unseen === true && isSuccess)) return "expected";
  if (usage !== null) return usage;
  return isSuccess ? "expected" : null;
}

function told(refusal: LimitRefusal): GatewayError {
  switch (refusal.kind) {
    case "over": {
      const headers: Record<string, string> = { "Retry-After": String(refusal.retryAfterSeconds) };
      for (let i = 0; i + 1 < refusal.headers.length; i += 2)
        headers[refusal.headers[i] ?? ""] = refusal.headers[i + 1] ?? "";
      return new GatewayError("too_many_requests", `${OVER[refusal.counts]} (${refusal.policy})`, {
        headers,
      });
    }
    case "unpriced":
      return new GatewayError(
        "forbidden",
        "a budget in money applies here, and this gateway has no price for the model",
      );
    case "unbounded":
      return new GatewayError(
        "forbidden",
        "a budget applies here, so a response in the background must state max_output_tokens",
      );
    case "unavailable":
      return new GatewayError("overloaded", "budgets cannot be counted at the moment", {
        headers: { "Retry-After": "1" },
      });
  }
}

const OVER = {
  requests: "too many requests",
  concurrency: "too many requests at once",
  tokens: "the token quota does not allow this call now",
  money: "the budget does not allow this call now",
} as const;
