import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";

/** Most bytes that a body may unfold to: a small one can be a bomb. */
const MAX_UNFOLDED = 32 * 1024 * 1024;

const UNFOLD: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  "x-gzip": gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/**
 * A body as text: unfolded by its `Content-Encoding` (an engine may compress though it was asked not to), then read as UTF-8, as
 * a whole, so that no character is split. `undefined` where it cannot be unfolded: what nobody can read is not kept.
 */
export function decodeBody(body: Buffer, encoding: string | null): string | undefined {
  let plain = body;
  const codings = (encoding ?? "")
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim());
  for (const coding of codings.reverse()) {
    if (coding === "" || coding === "identity") continue;
    const unfold = UNFOLD[coding];
    if (unfold === undefined) return undefined;
    try {
      plain = unfold(plain, { maxOutputLength: MAX_UNFOLDED });
    } catch {
      return undefined;
    }
  }
  return plain.toString("utf8");
}
