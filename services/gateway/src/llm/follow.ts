import type {
  CallEnd,
  CallWatch,
  Mirror,
  RelayedCall,
  Reservation,
  ResponseTap,
  Usage,
  UsageMeter,
} from "../core/ports/relayed-call.ts";

/** Whoever follows calls. */
export interface Followers {
  readonly meter?: UsageMeter;
  readonly mirror?: Mirror;
}

export interface FollowLog {
  warn(fields: object, message: string): void;
}

/** Everybody who follows one call, as one. */
export interface Following extends CallWatch {
  settle(end: CallEnd): Usage | null | Promise<Usage | null>;
}

/** Asks everybody who follows calls about this one. What they do wrong is theirs: the call goes on without them. */
export function follow(call: RelayedCall, { meter, mirror }: Followers, log: FollowLog): Following | null {
  const guard = guardFor(call, log);
  const metered = meter === undefined ? null : guard(() => meter.begin(call), null);
  const mirrored = mirror === undefined ? null : guard(() => mirror.begin(call), null);
  if (metered === null && mirrored === null) return null;
  const watches: CallWatch[] = [metered, mirrored].filter((watch) => watch !== null);
  const taps = watches.flatMap(({ tap }) => tap ?? []);
  const body = watches.find((watch) => watch.body !== undefined)?.body;
  const stamps = watches.flatMap((watch) => watch.stamps ?? []);
  return {
    ...(taps.length === 0 ? {} : { tap: joinTaps(taps, guard) }),
    ...(body === undefined ? {} : { body }),
    ...(stamps.length === 0 ? {} : { stamps }),
    settle(end) {
      guard(() => mirrored?.settle(end), undefined);
      return guard(() => metered?.settle(end) ?? null, null);
    },
  };
}

/** Gives back what was set aside for a call that is over, once it is known what it cost. */
export function settle(
  reservation: Reservation | null,
  following: Following | null,
  { call, end, log }: { readonly call: RelayedCall; readonly end: CallEnd; readonly log: FollowLog },
): void | Promise<void> {
  const guard = guardFor(call, log);
  const usage = following === null ? null : following.settle(end);
  const give = (known: Usage | null): void => guard(() => reservation?.settle(end, known), undefined);
  if (usage instanceof Promise)
    return usage.then(give, (error: unknown) => {
      guard(() => {
        throw error;
      }, undefined);
      give(null);
    });
  give(usage);
}

type Guard = <T>(work: () => T, otherwise: T) => T;

function guardFor({ requestId }: RelayedCall, log: FollowLog): Guard {
  return (work, otherwise) => {
    try {
      return work();
    } catch (err) {
      log.warn({ requestId, err }, "a call could not be followed");
      return otherwise;
    }
  };
}

/** One tap out of several. One that fails is not heard from again. */
function joinTaps(taps: readonly ResponseTap[], guard: Guard): ResponseTap {
  let live = [...taps];
  const tell = (how: (tap: ResponseTap) => void): void => {
    for (const tap of live) {
      const isWell = guard(() => {
        how(tap);
        return true;
      }, false);
      if (!isWell) live = live.filter((one) => one !== tap);
    }
  };
  return {
    head: (status, headers) => tell((tap) => tap.head(status, headers)),
    data: (piece) => tell((tap) => tap.data(piece)),
  };
}
