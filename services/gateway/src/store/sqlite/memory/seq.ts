/** Rows of one millisecond that have places of their own. */
const PER_MILLISECOND = 2 ** 13;
/** Counted from here (November 2023), times and places fit into 53 bits until 2058. */
const ORIGIN = 1_700_000_000_000;

/** The first place of a millisecond: rows stand in the order of their creation, whenever they were written. */
export function firstSeq(time: number): number {
  return (Math.floor(time) - ORIGIN) * PER_MILLISECOND;
}

/** When the events of a place were created: the other way round. */
export function timeOfSeq(seq: number): number {
  return Math.floor(seq / PER_MILLISECOND) + ORIGIN;
}

/** Where an event wants to stand; one that finds the place taken goes on from there. */
export function seqOf({ id, created }: { readonly id: string; readonly created: number }): number {
  const place = Number.parseInt(id.slice(-4), 16);
  return firstSeq(created) + (Number.isNaN(place) ? 0 : place % PER_MILLISECOND);
}
