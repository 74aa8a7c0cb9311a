import type { ChildProcess } from "node:child_process";
import { stop } from "../pinned.ts";

/** What a peer is started for. */
export interface Setting {
  /** The engine behind it. */
  readonly engine: string;
  /** A folder for its files. */
  readonly folder: string;
  readonly issuer: string;
  readonly audience: string;
  /** The issuer's key, PEM. */
  readonly publicKey: string;
}

export interface RunningPeer {
  readonly url: string;
  /** Headers it needs besides the bearer. */
  readonly headers: readonly string[];
  /** To read its memory from; `undefined` where nothing runs. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export interface Peer {
  /** For `--only`. */
  readonly id: string;
  readonly name: string;
  /** What it does with a request. */
  readonly does: string;
  readonly isInstalled: () => boolean;
  start(setting: Setting): Promise<RunningPeer>;
}

export function running(url: string, child: ChildProcess, headers: readonly string[] = []): RunningPeer {
  return { url, headers, pid: child.pid, stop: () => stop(child) };
}
