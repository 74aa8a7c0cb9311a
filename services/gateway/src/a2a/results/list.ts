import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";
import { isId } from "../calls/members.ts";
import { objectOf } from "./judge.ts";

export interface ListFilter {
  isOwn(task: string): Promise<boolean>;
  /** How many tasks of this agent the caller has. */
  countOwn(): Promise<number>;
}

/** What a page has beside its tasks; in anything else, tasks could stand that nobody looks at. */
const PASSED: ReadonlySet<string> = new Set(["nextPageToken", "pageSize"]);

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
  const known = Object.entries(page).filter(([name]) => PASSED.has(name));
  return { ...Object.fromEntries(known), tasks: kept, ...total };
}
