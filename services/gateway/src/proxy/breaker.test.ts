import { beforeEach, describe, expect, test } from "vitest";
import { Breaker } from "./breaker.ts";

let now: number;
let breaker: Breaker;
beforeEach(() => {
  now = 1_000;
  breaker = new Breaker({ failures: 3, openMs: 5_000 }, { now: () => now });
});

function fail(times: number): void {
  for (let n = 0; n < times; n++) {
    breaker.enter();
    breaker.failed();
  }
}

describe("a circuit breaker", () => {
  test("opens after so many failures in a row, and not before", () => {
    fail(2);
    breaker.succeeded();
    fail(2);
    expect(breaker.admits).toBe(true);
    fail(1);
    expect([breaker.state, breaker.admits, breaker.waitMs]).toEqual(["open", false, 5_000]);
  });

  test("lets one through when its time has come, whose success closes it", () => {
    fail(3);
    now += 5_000;
    expect([breaker.state, breaker.admits]).toEqual(["half_open", true]);
    breaker.enter();
    expect(breaker.admits, "one at a time").toBe(false);
    breaker.succeeded();
    expect([breaker.state, breaker.admits]).toEqual(["closed", true]);
  });

  test("opens again at the first failure of a trial", () => {
    fail(3);
    now += 5_000;
    fail(1);
    expect([breaker.state, breaker.waitMs]).toEqual(["open", 5_000]);
  });

  test("lets the next one try where the caller of the trial left", () => {
    fail(3);
    now += 5_000;
    breaker.enter();
    breaker.released();
    expect([breaker.state, breaker.admits]).toEqual(["half_open", true]);
  });

  test("may be tried at once after a sign of life, which alone does not close it", () => {
    fail(3);
    breaker.tryNow();
    expect([breaker.state, breaker.admits]).toEqual(["half_open", true]);
  });

  test("tells once that it opened, and once that it closed", () => {
    const told: string[] = [];
    breaker = new Breaker(
      { failures: 1, openMs: 10, onChange: (state) => told.push(state) },
      { now: () => now },
    );
    fail(3);
    now += 10;
    breaker.enter();
    breaker.succeeded();
    breaker.succeeded();
    expect(told).toEqual(["open", "closed"]);
  });

  test("never opens where it is turned off", () => {
    breaker = new Breaker({ failures: 0, openMs: 5_000 }, { now: () => now });
    fail(50);
    expect(breaker.state).toBe("closed");
  });
});
