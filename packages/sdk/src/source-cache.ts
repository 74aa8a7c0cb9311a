import type { TokenSource } from "./token-source.ts";

const MAX_SOURCES = 500;

/** The token sources of one client by what they are for, bounded: the least recently used goes. */
export class SourceCache {
  readonly #sources = new Map<string, TokenSource>();

  get(key: string, open: () => TokenSource): TokenSource {
    const source = this.#sources.get(key) ?? open();
    this.#sources.delete(key);
    this.#sources.set(key, source);
    for (const oldest of this.#sources.keys()) {
      if (this.#sources.size <= MAX_SOURCES) break;
      this.#sources.delete(oldest);
    }
    return source;
  }

  /** Takes away this very source, not one that came after it. */
  drop(key: string, source: TokenSource): void {
    if (this.#sources.get(key) === source) this.#sources.delete(key);
  }
}
