/** Shorter than this, a body holds no picture that is worth to be told from text, in bytes. */
const SMALLEST = 4_096;
const BLOB = /^(?:data:[\w.+/;=-]{0,128},)?[A-Za-z0-9+/_-]{2048,}={0,2}$/;
/** Members that hold a picture, a sound or a file, coded, and never text that a model reads as it stands. */
const CARRIERS: ReadonlySet<string> = new Set(["images", "image_url", "url", "data", "file_data"]);
/** Members on the way to them. Below others (`tools`, `metadata`) such a name is anybody's. */
const ON_THE_WAY: ReadonlySet<string> = new Set([
  "messages",
  "content",
  "input",
  "image_url",
  "video_url",
  "source",
  "input_audio",
  "file",
]);

/**
 * Pictures in a request's body: how many, and how long they are in it. Only where engines look for them: whatever stands elsewhere is
 * text, and a text without spaces costs as much as any other.
 */
export function pictureBytes(
  body: Buffer,
  json: Readonly<Record<string, unknown>> | null,
): { readonly pictures: number; readonly bytes: number } {
  let pictures = 0;
  let bytes = 0;
  if (json === null || body.length < SMALLEST) return { pictures, bytes };
  const open: unknown[] = [json];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    for (const [name, value] of Object.entries(one as object)) {
      const isMember = !Array.isArray(one);
      const values = Array.isArray(value) && CARRIERS.has(name) ? value : [value];
      if (isMember && CARRIERS.has(name))
        for (const text of values)
          if (typeof text === "string" && BLOB.test(text)) {
            pictures++;
            bytes += text.length;
          }
      if (typeof value === "object" && value !== null && (!isMember || ON_THE_WAY.has(name)))
        open.push(value);
    }
  }
  return { pictures, bytes };
}
