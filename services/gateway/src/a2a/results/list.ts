import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";
import { isId } from "../calls/members.ts";
import { objectOf } from "./judge.ts";

export interface ListFilter {
  isOwn(task: string): Promise<boolean>;
  /** How many tasks of this agent the caller has. */
  countOwn(): Promise<number>;
}

/** A page of tasks without other people's. The total is never more than what is the caller's: it would tell how busy the others are. */
export async function filterList(result: Json | undefined, filter: ListFilter): Promise<JsonObject> {
  const page = objectOf(result);
  const tasks = Array.isArray(page["tasks"]) ? page["tasks"] : [];
  const kept: Json[] = [];
  for (const task of tasks) {
    const id = isJsonObject(task) ? task["id"] : undefined;
    if (isId(id) && (await filter.isOwn(id))) kept.push(task);
  }
  const { totalSize } = page;
  const total =
    typeof totalSize === "number"
      ? { totalSize: Math.max(kept.length, Math.min(totalSize, await filter.countOwn())) }
      : {};
  return { ...page, tasks: kept, ...total };
}
