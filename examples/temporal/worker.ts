/**
 * A worker of the example's workflows: `node worker.ts`, with TEMPORAL_URL and TEMPORAL_QUEUE as the gateway has them, and WORKER_ID and
 * WORKER_SECRET of the agent that TEMPORAL_WORKER names there.
 */
import { NativeConnection, Worker } from "@temporalio/worker";
import { createActFor } from "./act-for.ts";
import { createActivities } from "./activities.ts";

const { env } = process;
const [id, secret] = [env["WORKER_ID"], env["WORKER_SECRET"]];
const connection = await NativeConnection.connect({ address: env["TEMPORAL_URL"] ?? "localhost:7233" });
const worker = await Worker.create({
  connection,
  taskQueue: env["TEMPORAL_QUEUE"] ?? "attach",
  workflowsPath: new URL("./workflows.ts", import.meta.url).pathname,
  activities: createActivities({
    stepMs: Number(env["STEP_MS"] ?? "200"),
    actFor: id && secret ? createActFor({ id, secret }) : undefined,
    model: env["MODEL"] ?? "llama3.2",
  }),
});
console.log("worker ready");
await worker.run();
await connection.close();
