import { describe, expect, test } from "vitest";
import { readAnswer } from "./read-answer.ts";

describe("what an agent answers", () => {
  test("is its artifacts', before what it said last", () => {
    const answer = readAnswer({
      task: {
        id: "t1",
        status: { state: "TASK_STATE_COMPLETED", message: { parts: [{ text: "bye" }] } },
        artifacts: [
          { parts: [{ text: "one" }, { data: { n: 1 } }] },
          { parts: [{ text: "two" }, { url: "https://files.test/a", mediaType: "text/plain" }] },
        ],
      },
    });
    expect(answer).toEqual({
      task: "t1",
      state: "completed",
      result: {
        text: "one\ntwo",
        data: [{ n: 1 }],
        files: [{ url: "https://files.test/a", mediaType: "text/plain" }],
        task: "t1",
      },
    });
  });

  test("is read from 0.3 alike", () => {
    const parts = [
      { kind: "text", text: "what?" },
      { kind: "file", file: { uri: "https://files.test/a" } },
    ];
    expect(
      readAnswer({ kind: "task", id: "t1", status: { state: "input-required", message: { parts } } }),
    ).toEqual({
      task: "t1",
      state: "input-required",
      result: { text: "what?", files: [{ uri: "https://files.test/a" }], task: "t1" },
    });
    expect(readAnswer({ kind: "message", parts: [{ kind: "text", text: "hi" }] })).toMatchObject({
      task: null,
      result: { text: "hi" },
    });
  });

  test.each([[null], ["text"], [{}], [{ task: { id: "t1" } }], [{ id: 7, status: { state: "x" } }]])(
    "takes %j for nothing",
    (result) => expect(readAnswer(result)).toBeUndefined(),
  );
});
