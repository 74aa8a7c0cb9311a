/**
 * Text that may hold words of somebody else (a provider's name for itself, an agent's name), fit for a terminal: what would move the
 * cursor, colour, hide or turn the text is shown by its number. Line feeds stay.
 */
export function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}
