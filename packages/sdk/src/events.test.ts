import { afterEach, expect, test, vi } from "vitest";
import { Events } from "./events.ts";

const REVOKED = { type: "revoked", agentId: "a", tokenId: "t", delegation: "d" } as const;

afterEach(() => vi.restoreAllMocks());

test("tells each listener of its own event, at once, until it is taken away", () => {
  const events = new Events();
  const [revoked, issued] = [vi.fn(), vi.fn()];
  const off = events.on("revoked", revoked);
  events.on("issued", issued);
  events.emit(REVOKED);
  expect(revoked).toHaveBeenCalledExactlyOnceWith(REVOKED);
  expect(issued).not.toHaveBeenCalled();
  off();
  off();
  events.emit(REVOKED);
  expect(revoked).toHaveBeenCalledOnce();
});

test("counts one function that listens twice as two, each taken away alone", () => {
  const events = new Events();
  const listener = vi.fn();
  const off = events.on("revoked", listener);
  events.on("revoked", listener);
  off();
  events.emit(REVOKED);
  expect(listener).toHaveBeenCalledOnce();
});

test("keeps a listener's failure from the call and from the other listeners", async () => {
  const blame = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const events = new Events();
  const last = vi.fn();
  events.on("revoked", () => {
    throw new Error("thrown");
  });
  events.on("revoked", () => Promise.reject(new Error("rejected")));
  events.on("revoked", last);
  expect(() => events.emit(REVOKED)).not.toThrow();
  expect(last).toHaveBeenCalledOnce();
  await vi.waitFor(() => expect(blame).toHaveBeenCalledTimes(2));
});

test("lets a listener take itself and others away while it is told", () => {
  const events = new Events();
  const offs: (() => void)[] = [];
  const listener = vi.fn(() => offs.forEach((off) => void off()));
  offs.push(events.on("revoked", listener), events.on("revoked", listener));
  events.emit(REVOKED);
  events.emit(REVOKED);
  expect(listener).toHaveBeenCalledTimes(2);
});

test("knows no other names", () => {
  const events = new Events();
  for (const name of ["isued", "__proto__", "constructor"]) {
    expect(() => events.on(name as "issued", () => undefined)).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  }
});
