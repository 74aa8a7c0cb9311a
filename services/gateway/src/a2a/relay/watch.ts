import type { FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../../core/clock.ts";
import type { GatewayError } from "../../core/errors.ts";
import type { Principal } from "../../core/principal.ts";
import { tokenRefused } from "../../http/challenge.ts";
import type { LiveExchange, LiveExchanges } from "../../proxy/live-exchanges.ts";

/** A call that is under way. */
export interface WatchedCall {
  /** Aborted when the client leaves, and when its token ends or is revoked. */
  readonly signal: AbortSignal;
  /** Why we ended it; `null`: we did not, or the client left. */
  readonly failure: GatewayError | null;
  readonly hasLeft: boolean;
  done(): void;
}

/** The longest that a timer runs. */
const LONGEST_MS = 2_147_483_647;

/** Ends a call with its client, and with the token it came by (issue 7): a stream never outlives what opened it. */
export function watchCall(
  request: FastifyRequest,
  reply: FastifyReply,
  { live, clock, publicUrl }: { live: LiveExchanges; clock: Clock; publicUrl: string },
): WatchedCall {
  const controller = new AbortController();
  const { principal } = request;
  let failure: GatewayError | null = null;
  let hasLeft = false;

  const exchange: LiveExchange = {
    principal,
    slot: -1,
    fail(error) {
      failure ??= error;
      controller.abort(error);
    },
  };
  const leave = (): void => {
    if (reply.raw.writableFinished) return;
    hasLeft = true;
    controller.abort(new Error("the client hung up"));
  };
  live.add(exchange);
  reply.raw.once("close", leave);
  const expire = setTimeout(
    () => exchange.fail(tokenRefused(publicUrl, "expired")),
    Math.min(timeLeft(principal, clock), LONGEST_MS),
  );

  return {
    signal: controller.signal,
    get failure() {
      return failure;
    },
    get hasLeft() {
      return hasLeft;
    },
    done() {
      clearTimeout(expire);
      live.delete(exchange);
      reply.raw.off("close", leave);
    },
  };
}

const timeLeft = ({ expiresAt }: Principal, clock: Clock) => Math.max(0, expiresAt - clock.now());
