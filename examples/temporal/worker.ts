/** A worker of the example's workflows: `node worker.ts`, with TEMPORAL_URL and TEMPORAL_QUEUE as the gateway has them. */
import { NativeConnection, Worker } from "@temporalio/worker";
import { createActivities } from "./activities.ts";

const connection = await NativeConnection.connect({
  address: process.env["TEMPORAL_URL"] ?? "localhost:7233",
});
const worker = await Worker.create({
  connection,
  taskQueue: process.env["TEMPORAL_QUEUE"] ?? "attach",
  workflowsPath: new URL("./workflows.ts", import.meta.url).pathname,
  activities: createActivities({ stepMs: Number(process.env["STEP_MS"] ?? "200") }),
});
console.log("worker ready");
await worker.run();
await connection.close();
