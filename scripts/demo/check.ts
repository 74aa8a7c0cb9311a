/** A step of the story that did not hold. The message says what was seen instead. */
export class StepFailed extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StepFailed";
  }
}

/** @throws StepFailed */
export function check(held: unknown, otherwise: string): asserts held {
  if (!held) throw new StepFailed(otherwise);
}

/** The payload of a JWT, to show what it says. Nothing is trusted because of it. */
export function claimsOf(jwt: string): Readonly<Record<string, unknown>> {
  const payload = Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8");
  return JSON.parse(payload) as Record<string, unknown>;
}
