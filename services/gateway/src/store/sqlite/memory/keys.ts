import { hash } from "node:crypto";
import type { Owner } from "../../../core/owner.ts";
import type { MemoryPart, MemoryView } from "../../../core/ports/memory.ts";
import { remember } from "../../../core/remember.ts";

/**
 * The words by which the index finds whose a row is, and which agent's and workflow's of theirs: a search then visits these rows and
 * nobody else's. Digests, so that nothing a person writes can stand for one; the row itself is asked again all the same.
 */
export function keysOf(row: {
  readonly owner: Owner;
  readonly chain: readonly string[];
  readonly root: string | null;
}): string {
  const owner = ownerText(row.owner);
  const [agent] = row.chain;
  let keys = key("u", owner);
  if (agent !== undefined) keys += ` ${key("a", owner + agent)}`;
  if (row.root !== null) keys += ` ${key("r", owner + row.root)}`;
  return keys;
}

/** A view as an expression over those words. Each holds the owner, so that what is gone through is theirs alone. */
export function keysWanted({ owner, within }: MemoryView): string {
  const text = ownerText(owner);
  if (within === null) return `{keys} : "${key("u", text)}"`;
  // Within nothing there is nothing: no key begins like this.
  return `{keys} : (${within.length === 0 ? '"nothing"' : within.map((part) => partWanted(text, part)).join(" OR ")})`;
}

function partWanted(owner: string, { agent, root }: MemoryPart): string {
  const words = [
    ...(agent === null ? [] : [`"${key("a", owner + agent)}"`]),
    ...(root === null ? [] : [`"${key("r", owner + root)}"`]),
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
