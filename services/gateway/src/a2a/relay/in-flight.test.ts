import { expect, test } from "vitest";
import { createInFlight } from "./in-flight.ts";

const owner = (sub: string) => ({ iss: "https://idp.example", sub, tenant: null });

test("one user cannot take an agent's connections from all others", () => {
  const inFlight = createInFlight({ perOwner: 2, perAgent: 3 });
  const leave = inFlight.enter("coder", owner("alice"));
  inFlight.enter("coder", owner("alice"));
  expect(() => inFlight.enter("coder", owner("alice"))).toThrow(/your calls/);
  inFlight.enter("writer", owner("alice"));
  inFlight.enter("coder", owner("bob"));
  expect(() => inFlight.enter("coder", owner("carol"))).toThrow(/no free connection/);
  leave();
  inFlight.enter("coder", owner("alice"));
});
