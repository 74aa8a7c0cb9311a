import type { FastifyInstance } from "fastify";
import type { Passes } from "./core/passes.ts";
import type { IdentityVerifier } from "./core/ports/identity.ts";
import type { CallLocally } from "./core/ports/local-call.ts";

/** Largest answer that is read, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Lets the gateway's own passes in where bearers are let in. */
export function admitPasses(identity: IdentityVerifier, passes: Passes): IdentityVerifier {
  return {
    verifyBearer: (token) => passes.judge(token) ?? identity.verifyBearer(token),
    verifyBound: (token) => identity.verifyBound(token),
    verifySubject: (token, type, jkt) => identity.verifySubject(token, type, jkt),
    verifyAddressed: (token, audiences, jkt) => identity.verifyAddressed(token, audiences, jkt),
    verifyIssued: (token, audiences) => identity.verifyIssued(token, audiences),
    verifyOwn: (token) => identity.verifyOwn(token),
  };
}

/** Calls the gateway's own routes within the process: nothing is sent over a network, and no stations are passed by. */
export function createLocalCalls(app: FastifyInstance, passes: Passes): CallLocally {
  return async ({ principal, userAgent, method, path, headers, body, signal }) => {
    signal.throwIfAborted();
    const pass = passes.admit(principal);
    try {
      const answer = await app.inject({
        method,
        url: path,
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
          authorization: `Bearer ${pass}`,
          "user-agent": userAgent,
        },
        ...(body === undefined ? {} : { payload: body }),
        payloadAsStream: true,
        signal,
      });
      const pieces: Buffer[] = [];
      let bytes = 0;
      for await (const piece of answer.stream()) {
        bytes += piece.length;
        if (bytes > MAX_BYTES) throw new Error(`the answer is larger than ${MAX_BYTES} bytes`);
        pieces.push(piece);
      }
      return { status: answer.statusCode, body: Buffer.concat(pieces).toString("utf8") };
    } finally {
      passes.withdraw(pass);
    }
  };
}
