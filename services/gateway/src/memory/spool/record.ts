import type { Owner } from "../../core/owner.ts";

/** Whose a relayed call was: shared by all calls of one token. */
export interface Speaker {
  readonly owner: Owner;
  /** Agents, the one that acted first; empty for the user themselves. */
  readonly chain: readonly string[];
  readonly root: string | null;
}

/** A relayed call as it crossed the gateway: nothing of it has been looked at yet. */
export interface RawRecord {
  readonly speaker: Speaker;
  readonly session: string;
  readonly requestId: string;
  readonly path: string;
  readonly task: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly status: number;
  readonly aborted: boolean;
  /** The answer was longer than what is kept of one, or there was no room for it. */
  readonly cut: boolean;
  readonly requestEncoding: string | null;
  readonly responseType: string | null;
  readonly responseEncoding: string | null;
  /** `null` where the body was not read. */
  readonly request: Buffer | null;
  readonly response: readonly Buffer[];
  readonly responseBytes: number;
}

/** The same out of a batch: its parts in one piece each. */
export interface ReadRecord extends Omit<RawRecord, "response" | "responseBytes"> {
  readonly response: Buffer;
}

type Packed = readonly [
  speaker: number,
  session: string,
  requestId: string,
  path: string,
  task: string | null,
  startedAt: number,
  endedAt: number,
  status: number,
  flags: number,
  requestEncoding: string | null,
  responseType: string | null,
  responseEncoding: string | null,
  requestBytes: number,
  responseBytes: number,
];

const ABORTED = 1;
const CUT = 2;

/** Records as one piece: a list of what is said about them, then their bodies. Named once what many share. */
export function packRecords(records: readonly RawRecord[]): Buffer {
  const speakers: Speaker[] = [];
  let last: Speaker | undefined;
  const places = new Map<Speaker, number>();
  let place = 0;
  let bytes = 0;
  const list = records.map((record): Packed => {
    if (record.speaker !== last) {
      last = record.speaker;
      place = places.get(last) ?? speakers.push(last) - 1;
      places.set(last, place);
    }
    const requestBytes = record.request === null ? -1 : record.request.length;
    bytes += Math.max(0, requestBytes) + record.responseBytes;
    return [
      place,
      record.session,
      record.requestId,
      record.path,
      record.task,
      record.startedAt,
      record.endedAt,
      record.status,
      (record.aborted ? ABORTED : 0) | (record.cut ? CUT : 0),
      record.requestEncoding,
      record.responseType,
      record.responseEncoding,
      requestBytes,
      record.responseBytes,
    ];
  });
  const said = JSON.stringify([speakers, list]);
  const saidBytes = Buffer.byteLength(said);
  const packed = Buffer.allocUnsafe(4 + saidBytes + bytes);
  packed.writeUInt32LE(saidBytes);
  packed.write(said, 4);
  let at = 4 + saidBytes;
  for (const { request, response } of records) {
    if (request !== null) at += request.copy(packed, at);
    for (const piece of response) at += piece.copy(packed, at);
  }
  return packed;
}

/** @throws where it is not what `packRecords` made */
export function unpackRecords(packed: Buffer): readonly ReadRecord[] {
  const start = 4 + packed.readUInt32LE();
  const [speakers, list] = JSON.parse(packed.toString("utf8", 4, start)) as [Speaker[], Packed[]];
  let at = start;
  const take = (bytes: number): Buffer => {
    const piece = packed.subarray(at, at + bytes);
    at += bytes;
    return piece;
  };
  return list.map((entry) => {
    const [who, session, requestId, path, task, startedAt, endedAt, status, flags, ...rest] = entry;
    const [requestEncoding, responseType, responseEncoding, requestBytes, responseBytes] = rest;
    const speaker = speakers[who];
    if (speaker === undefined) throw new RangeError("a record names nobody");
    return {
      speaker,
      session,
      requestId,
      path,
      task,
      startedAt,
      endedAt,
      status,
      aborted: (flags & ABORTED) !== 0,
      cut: (flags & CUT) !== 0,
      requestEncoding,
      responseType,
      responseEncoding,
      request: requestBytes < 0 ? null : take(requestBytes),
      response: take(responseBytes),
    };
  });
}
