import type { Stack } from "./stack.ts";

export interface TaskView {
  readonly state: "queued" | "in_progress" | "done" | "error";
  readonly result: unknown;
  readonly created: string;
}

type Callable = Pick<Stack, "call">;

/** Hands a task over. */
export function send(stack: Callable, body: unknown, token: string): Promise<Response> {
  return stack.call("/a2a/tasks/send", token, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

export async function statusOf(stack: Callable, id: string, token: string): Promise<TaskView> {
  const response = await stack.call(`/a2a/tasks/status/${id}`, token);
  if (!response.ok) throw new Error(`status ${response.status}: ${await response.text()}`);
  return (await response.json()) as TaskView;
}

/** Asks until the task has ended. */
export async function ended(stack: Callable, id: string, token: string, limitMs = 15_000): Promise<TaskView> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const task = await statusOf(stack, id, token);
    if (task.state === "done" || task.state === "error") return task;
    if (performance.now() > deadline) throw new Error(`still ${task.state}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
