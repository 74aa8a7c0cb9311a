import type { Json } from "../../core/strict-json.ts";

/** A string of at most so many characters, without controls; else empty. */
export function text(value: unknown, most: number): string {
  if (typeof value !== "string" || !value.isWellFormed()) return "";
  return value.slice(0, most).replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, "");
}

export const flag = (value: unknown): boolean => value === true;

export function listOf(value: Json | undefined, most: number): readonly Json[] {
  return Array.isArray(value) ? value.slice(0, most) : [];
}

/** A list of short strings. */
export function texts(value: Json | undefined): readonly string[] {
  return listOf(value, 64)
    .map((one) => text(one, 512))
    .filter((one) => one !== "");
}

/** What somebody may click on: http or https, nothing that runs. */
export function webAddress(value: unknown): string | null {
  if (typeof value !== "string" || value.length > 2_048 || !URL.canParse(value)) return null;
  const url = new URL(value);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
}
