import type { A2aCall } from "../calls/call.ts";
import type { AgentCard } from "../card/read.ts";
import type { Callable } from "../directory.ts";

/** One call to one agent. */
export interface Relayed {
  readonly call: A2aCall;
  readonly agent: Callable;
  readonly card: AgentCard;
  /** What there is to say about it in the audit trail. */
  readonly note: Note;
}

export interface Note {
  task: string | null;
  state: string | null;
}
