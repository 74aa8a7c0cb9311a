import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { linger } from "./linger.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const incoming = (socket: object) =>
  Object.assign(new EventEmitter(), { socket, resume: () => {} }) as unknown as IncomingMessage;

test("cuts a body that does not end, and lets one be that does", () => {
  const [slow, quick] = [new Socket(), new Socket()];
  linger(incoming(slow));
  const ending = incoming(quick);
  linger(ending);
  ending.emit("end");
  vi.advanceTimersByTime(2_000);
  expect([slow.destroyed, quick.destroyed]).toEqual([true, false]);
});

test("a request of the gateway to itself has no socket to cut, and ends nothing else", () => {
  linger(incoming(new EventEmitter()));
  expect(() => vi.advanceTimersByTime(2_000)).not.toThrow();
});
