/** A clock that moves only when it is told to. Milliseconds. */
export interface ManualClock {
  now(): number;
  advance(milliseconds: number): void;
}

export function manualClock(start = 1_800_000_000_000): ManualClock {
  let time = start;
  return {
    now: () => time,
    advance: (milliseconds) => {
      time += milliseconds;
    },
  };
}
