const DURATION = /^(\d{1,12}) ?(ms|s|m|h|d)?$/;
const BYTES = /^(\d{1,15}) ?(B|KiB|MiB|GiB|kB|KB|MB|GB)?$/;

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const SIZES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  kB: 1000,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
};

/** `30s`, `5m`, `8h`; a bare number counts seconds. In milliseconds; `undefined` for anything else. */
export function readDuration(value: string): number | undefined {
  const [, count, unit] = DURATION.exec(value) ?? [];
  return count === undefined ? undefined : Number(count) * (MILLISECONDS[unit ?? "s"] ?? 0);
}

/** `16KiB`, `128MiB`; a bare number counts bytes. `undefined` for anything else. */
export function readBytes(value: string): number | undefined {
  const [, count, unit] = BYTES.exec(value) ?? [];
  return count === undefined ? undefined : Number(count) * (SIZES[unit ?? "B"] ?? 0);
}

/** Of a text that was judged before. */
export const milliseconds = (text: string): number => readDuration(text) ?? Number.NaN;
export const seconds = (text: string): number => Math.floor(milliseconds(text) / 1000);
export const size = (text: string): number => readBytes(text) ?? Number.NaN;

/** Milliseconds in the largest unit that divides them. */
export function writeDuration(milliseconds: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const size = MILLISECONDS[unit] ?? 1;
    if (milliseconds >= size && milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}

/** Bytes in the largest binary unit that divides them. */
export function writeBytes(count: number): string {
  for (const unit of ["GiB", "MiB", "KiB"]) {
    const size = SIZES[unit] ?? 1;
    if (count >= size && count % size === 0) return `${count / size}${unit}`;
  }
  return `${count}B`;
}
