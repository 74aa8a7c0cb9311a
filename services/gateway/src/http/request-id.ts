import { RESPONSE_HEADERS } from "@attach-dev/protocol";
import type { onRequestHookHandler } from "fastify";

/** Every answer of ours names its request (CONTRACT §4), so that whoever asks about one can be helped. The relay stamps its own. */
export const nameRequest: onRequestHookHandler = (request, reply, done) => {
  reply.header(RESPONSE_HEADERS.requestId, request.id);
  done();
};
