/** Members whose text a model reads or writes. All others hold settings, ids, or what is no text. */
const SAID = new Set([
  "content",
  "text",
  "prompt",
  "input",
  "instructions",
  "system",
  "query",
  "documents",
  "response",
  "thinking",
  "reasoning",
  "reasoning_content",
  "refusal",
  "arguments",
  "partial_json",
  "delta",
  "description",
  "suffix",
  "inputs",
  "generated_text",
  "input_prefix",
  "input_suffix",
  "message",
  "messages",
]);

/** A text longer than this without a space is no language: pictures and files come so. */
const LONGEST_WORD = 4_096;

/**
 * The text in a piece of JSON, in lines of it, or in events, which may begin and end anywhere. A walk along strings: those that
 * stand under one of the names above, however deep the lists between.
 */
export function textsOf(source: string): string[] {
  const texts: string[] = [];
  const deltas: string[] = [];
  let name = "";
  const token = /"((?:[^"\\]|\\.)*)("|$)(\s*:)?|[[\]{},\n]/g;
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    const [, inner, closing, colon] = match;
    if (inner === undefined) {
      // A name holds for the values of its list, and no further than its object or its line.
      if (match[0] === "}" || match[0] === "\n") name = "";
      continue;
    }
    if (colon !== undefined) {
      name = inner;
      continue;
    }
    if (closing === "" && inner.length > LONGEST_WORD) continue;
    if (!SAID.has(name)) continue;
    const text = unescaped(inner);
    if (text.length > LONGEST_WORD && !/\s/.test(text.slice(0, LONGEST_WORD))) continue;
    texts.push(text);
    if (name === "delta") deltas.push(text);
  }
  // A response's stream says every text again when it is complete.
  return deltas.length > 0 ? deltas : texts;
}

function unescaped(inner: string): string {
  try {
    return JSON.parse(`"${inner}"`) as string;
  } catch {
    return inner;
  }
}
