import type {
  CallEnd,
  CallWatch,
  Mirror,
  MirrorWatch,
  RelayedCall,
  Reservation,
  ResponseTap,
  Usage,
  UsageMeter,
  UsageWatch,
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
  const metered = begin(meter, call, log);
  const mirrored = begin(mirror, call, log);
  return metered === null && mirrored === null ? null : new Followed(metered, mirrored, { call, log });
}

/** Gives back what was set aside for a call that is over, once it is known what it cost. */
export function settle(
  reservation: Reservation | null,
  following: Following | null,
  { call, end, log }: Settlement,
): void | Promise<void> {
  const usage = following === null ? null : following.settle(end);
  if (!(usage instanceof Promise)) return give(reservation, usage, { call, end, log });
  return usage.then(
    (known) => give(reservation, known, { call, end, log }),
    (err: unknown) => {
      lost(call, err, log);
      give(reservation, null, { call, end, log });
    },
  );
}

interface Settlement {
  readonly call: RelayedCall;
  readonly end: CallEnd;
  readonly log: FollowLog;
}

function give(reservation: Reservation | null, usage: Usage | null, { call, end, log }: Settlement): void {
  if (reservation === null) return;
  try {
    reservation.settle(end, usage);
  } catch (err) {
    lost(call, err, log);
  }
}

function begin<Watch>(
  follower: { begin(call: RelayedCall): Watch | null } | undefined,
  call: RelayedCall,
  log: FollowLog,
): Watch | null {
  if (follower === undefined) return null;
  try {
    return follower.begin(call);
  } catch (err) {
    lost(call, err, log);
    return null;
  }
}

function lost({ requestId }: RelayedCall, err: unknown, log: FollowLog): void {
  log.warn({ requestId, err }, "a call could not be followed");
}

interface About {
  readonly call: RelayedCall;
  readonly log: FollowLog;
}

/** One object a call, and no list where only one looks on: this is on every call's path. */
class Followed implements Following {
  declare readonly tap?: ResponseTap;
  declare readonly body?: Buffer;
  declare readonly stamps?: readonly string[];
  readonly #metered: UsageWatch | null;
  readonly #mirrored: MirrorWatch | null;
  readonly #about: About;

  constructor(metered: UsageWatch | null, mirrored: MirrorWatch | null, about: About) {
    this.#metered = metered;
    this.#mirrored = mirrored;
    this.#about = about;
    const tap = joined(metered?.tap, mirrored?.tap, about);
    if (tap !== undefined) this.tap = tap;
    const body = metered?.body ?? mirrored?.body;
    if (body !== undefined) this.body = body;
    const stamps = [...(metered?.stamps ?? []), ...(mirrored?.stamps ?? [])];
    if (stamps.length > 0) this.stamps = stamps;
  }

  settle(end: CallEnd): Usage | null | Promise<Usage | null> {
    const { call, log } = this.#about;
    try {
      this.#mirrored?.settle(end);
    } catch (err) {
      lost(call, err, log);
    }
    try {
      return this.#metered?.settle(end) ?? null;
    } catch (err) {
      lost(call, err, log);
      return null;
    }
  }
}

function joined(
  one: ResponseTap | undefined,
  other: ResponseTap | undefined,
  about: About,
): ResponseTap | undefined {
  if (one === undefined) return other && new GuardedTap(other, about);
  if (other === undefined) return new GuardedTap(one, about);
  const both = [new GuardedTap(one, about), new GuardedTap(other, about)];
  return {
    head(status, headers) {
      for (const tap of both) tap.head(status, headers);
    },
    data(piece) {
      for (const tap of both) tap.data(piece);
    },
  };
}

/** A tap that fails is not heard from again. */
class GuardedTap implements ResponseTap {
  #tap: ResponseTap | null;
  readonly #about: About;

  constructor(tap: ResponseTap, about: About) {
    this.#tap = tap;
    this.#about = about;
  }

  head(status: number, headers: readonly string[]): void {
    try {
      this.#tap?.head(status, headers);
    } catch (err) {
      this.#fail(err);
    }
  }

  data(piece: Buffer): void {
    try {
      this.#tap?.data(piece);
    } catch (err) {
      this.#fail(err);
    }
  }

  #fail(err: unknown): void {
    this.#tap = null;
    lost(this.#about.call, err, this.#about.log);
  }
}
