import { hash } from "node:crypto";
import type { Owner } from "../../../core/owner.ts";
import type { MemoryPart, MemoryView } from "../../../core/ports/memory.ts";
import { remember } from "../../../core/remember.ts";

/**
 * The words by which the index finds whose a row is, by which agent and of which workflow: a search then visits one owner's rows
 * and nobody else's. Digests, so that nothing a person writes can stand for one; the row itself is asked again all the same.
 */
export function keysOf(row: {
  readonly owner: Owner;
  readonly chain: readonly string[];
  readonly root: string | null;
}): string {
  const [agent] = row.chain;
  let keys = key("u", ownerText(row.owner));
  if (agent !== undefined) keys += ` ${key("a", agent)}`;
  if (row.root !== null) keys += ` ${key("r", row.root)}`;
  return keys;
}

/** A view as an expression over those words. */
export function keysWanted({ owner, within }: MemoryView): string {
  const theirs = `"${key("u", ownerText(owner))}"`;
  if (within === null) return `{keys} : ${theirs}`;
  // Within nothing there is nothing: no key begins like this.
  const parts = within.length === 0 ? '"nothing"' : within.map(partWanted).join(" OR ");
  return `{keys} : (${theirs} AND (${parts}))`;
}

function partWanted({ agent, root }: MemoryPart): string {
  const words = [
    ...(agent === null ? [] : [`"${key("a", agent)}"`]),
    ...(root === null ? [] : [`"${key("r", root)}"`]),
  ];
  return `(${words.join(" AND ")})`;
}

/** The same asked of the row itself: digests could collide, names do not. */
export function isWithin(
  { within }: MemoryView,
  row: { readonly chain: readonly string[]; readonly root: string | null },
): boolean {
  if (within === null) return true;
  return within.some(
    ({ agent, root }) => (agent === null || row.chain[0] === agent) && (root === null || row.root === root),
  );
}

const ownerText = ({ iss, sub, tenant }: Owner): string => JSON.stringify([iss, sub, tenant]);

const digest = remember((text: string) => hash("sha256", text).slice(0, 24), { entries: 4096, length: 1024 });

/** Digits at the end, so that no stemmer takes it for a word. */
const key = (kind: "u" | "a" | "r", text: string): string => `${kind}${digest(text)}0`;
