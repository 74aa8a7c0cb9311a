/** What the load asks, everywhere: about 170 bytes of OpenAI's chat; and the engine's answer, about 300. */
export const PATH = "/v1/chat/completions";

export const REQUEST_BODY = JSON.stringify({
  model: "bench",
  messages: [
    {
      role: "user",
      content: "Which of these two sorting algorithms would you choose for a nearly sorted list?",
    },
  ],
  stream: false,
  temperature: 0,
});

export const RESPONSE_BODY = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_800_000_000,
  model: "bench",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "Insertion sort: it is linear there." },
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 24, completion_tokens: 9, total_tokens: 33 },
});
