import { expect, test } from "vitest";
import { Progress } from "./progress.ts";

test("waits for what came before the question, and for nothing that came after", async () => {
  const progress = new Progress();
  await progress.reached();
  const heard: string[] = [];
  progress.taken(2);
  const first = progress.reached().then(() => heard.push("first"));
  progress.taken(1);
  const second = progress.reached().then(() => heard.push("second"));
  progress.done(1);
  await Promise.resolve();
  expect(heard).toEqual([]);
  progress.done(1);
  await first;
  expect(heard).toEqual(["first"]);
  progress.taken(5);
  progress.done(1);
  await second;
  expect(heard).toEqual(["first", "second"]);
});

test("tells those who wait in vain", async () => {
  const progress = new Progress();
  progress.taken(1);
  const waiting = progress.reached();
  progress.fail(new Error("closed"));
  await expect(waiting).rejects.toThrow("closed");
});
