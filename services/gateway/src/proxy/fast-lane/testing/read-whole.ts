import type { ParsedHead } from "../head.ts";
import { type Progress, ResponseReader } from "../response-reader.ts";

/** What our reader makes of a connection's bytes. */
export interface Reading {
  progress: Progress;
  keep: boolean;
  surplus: boolean;
  status: number;
  reason: string;
  lines: readonly string[];
  body: string;
  trailers: readonly string[];
  /** Statuses of the interim responses before it. */
  interim: readonly number[];
}

const MAX_HEAD_BYTES = 4096;

/** Reads pieces (latin1) as they would come, then the end of the connection. */
export function readWhole(pieces: readonly string[], { bodiless = false } = {}): Reading {
  let head: ParsedHead | undefined;
  let body = "";
  let switched = false;
  const interim: number[] = [];
  const reader = new ResponseReader(
    {
      head(one) {
        switched ||= one.status === 101;
        if (one.status < 200) interim.push(one.status);
        head = one;
      },
      data(piece) {
        body += piece.toString("latin1");
      },
    },
    MAX_HEAD_BYTES,
  );
  reader.expect(bodiless);
  let progress: Progress = "more";
  for (const piece of pieces) {
    // What comes after the end, the connection takes for what it is: nothing that was asked for.
    if (progress === "end") reader.surplus ||= piece !== "";
    if (progress !== "more") continue;
    const bytes = Buffer.from(piece, "latin1");
    progress = reader.read(bytes, bytes.length);
  }
  if (progress === "more") progress = reader.finish();
  // Whoever is told of a switch of protocols ends the call.
  if (switched) progress = "invalid";
  const { framing, surplus, trailers } = reader;
  const { status = 0, reason = "", lines = [] } = head ?? {};
  return { progress, keep: framing?.keep ?? false, surplus, status, reason, lines, body, trailers, interim };
}
