/** Many things that are each due once in a period, in groups one after the other: all at once would hold up whoever comes then. */
export interface Turns<Member> {
  add(member: Member): void;
  remove(member: Member): void;
  stop(): void;
}

/** Groups of a period. */
const GROUPS = 20;

/**
 * @param periodMs milliseconds in which every member has its turn once
 * @param take called with each group in its turn, where it has members; it may remove them
 */
export function createTurns<Member>(
  periodMs: number,
  take: (group: ReadonlySet<Member>) => void,
): Turns<Member> {
  const groups = Array.from({ length: GROUPS }, () => new Set<Member>());
  const groupOf = new Map<Member, Set<Member>>();
  let turn = 0;
  let joined = 0;
  let timer: NodeJS.Timeout | undefined;

  function next(): void {
    const group = groups[turn++ % GROUPS];
    if (group !== undefined && group.size > 0) take(group);
    if (groupOf.size === 0) stop();
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    add(member) {
      const group = groups[joined++ % GROUPS];
      if (group === undefined) return;
      group.add(member);
      groupOf.set(member, group);
      timer ??= setInterval(next, periodMs / GROUPS).unref();
    },
    remove(member) {
      groupOf.get(member)?.delete(member);
      groupOf.delete(member);
    },
    stop,
  };
}
