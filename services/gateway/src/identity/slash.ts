/** Do two names differ by the slash at their end, and in nothing else? The trap that everybody falls into once. */
export function differsBySlash(one: string, other: string): boolean {
  return one !== other && one.replace(/\/$/, "") === other.replace(/\/$/, "");
}
