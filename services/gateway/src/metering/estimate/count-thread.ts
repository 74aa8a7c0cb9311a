import { parentPort } from "node:worker_threads";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { type Answer, estimateTokens, type Question } from "./count-tokens.ts";

/**
 * The thread that counts tokens in text: started when the first estimate is needed, ended when none has been for a while, since
 * the tokenizer's tables take 80 MB. An entry of its own in the bundle.
 */
const port = parentPort;
if (port === null) throw new Error("this file runs as a thread only");

// A text may hold what looks like a model's control token: it is text all the same.
const asText = { disallowedSpecial: new Set<string>() };

port.on("message", ({ id, samples }: Question) => {
  const tokens = samples.map(([text, bytes]) =>
    estimateTokens(text, bytes, (piece) => countTokens(piece, asText)),
  );
  port.postMessage({ id, tokens } satisfies Answer);
});
