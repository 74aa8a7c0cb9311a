/** How many bytes memory may hold before they are on the disk: of answers under way, and of records that wait. */
export interface Room {
  readonly isFull: boolean;
  take(bytes: number): void;
  give(bytes: number): void;
}

export function createRoom(limit: number): Room {
  let held = 0;
  return {
    get isFull() {
      return held >= limit;
    },
    take(bytes) {
      held += bytes;
    },
    give(bytes) {
      held -= bytes;
    },
  };
}
