import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
import type { Found } from "./ranges.ts";

const CONFIG = {
  rules: [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator, options: {} }],
};

/**
 * What secretlint's recommended rules find. A call of it costs a fifth of a millisecond however short the text is: so many texts
 * are given to it as one.
 */
export async function findByLibrary(text: string): Promise<readonly Found[]> {
  const { messages } = await lintSource({
    source: { content: withoutDirectives(text), filePath: "memory.txt", ext: ".txt", contentType: "text" },
    options: { config: CONFIG, noPhysicFilePath: true },
  });
  return messages.map(({ range: [start, end], ruleId }) => ({
    start,
    end,
    name: ruleId.replace(/^.*secretlint-rule-/, ""),
  }));
}

/** `secretlint-disable` in somebody's prompt would switch it off, for everybody's texts that are looked at together. */
function withoutDirectives(text: string): string {
  return text.replace(/secretlint-(?=disable|enable)/gi, "secretlint_");
}
