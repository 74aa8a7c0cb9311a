import type { FastifyRequest, onRequestHookHandler } from "fastify";
import type { Clock } from "../core/clock.ts";
import type { CallRecorder } from "../core/ports/audit.ts";
import type { Admission, CallLimiter, RelayedCall } from "../core/ports/relayed-call.ts";
import { callRefused } from "../http/call-event.ts";

export interface ReserveOptions {
  readonly limiter: CallLimiter;
  readonly calls: CallRecorder | null;
  readonly clock: Clock;
}

/** After the policies: what a call may cost is set aside before an engine hears of it, or the call is refused. */
export function reserve(
  describe: (request: FastifyRequest) => RelayedCall,
  { limiter, calls, clock }: ReserveOptions,
): onRequestHookHandler {
  return (request, _reply, done) => {
    const { engine } = request;
    const call = describe(request);
    engine.told = call;
    const admit = (admission: Admission): void => {
      if (admission.ok) {
        engine.reservation = admission.value;
        done();
        return;
      }
      const { status, code } = admission.reason;
      calls?.record(callRefused(request, { time: clock.now(), scope: engine.scope, code, status }));
      done(admission.reason);
    };
    const answer = limiter.reserve(call);
    if (answer instanceof Promise) answer.then(admit, done);
    else admit(answer);
  };
}
