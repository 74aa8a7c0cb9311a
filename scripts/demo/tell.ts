import { styleText } from "node:util";
import { StepFailed } from "./check.ts";
import type { Step } from "./story.ts";
import type { World } from "./world.ts";

type Style = Parameters<typeof styleText>[0];

/** Colour where there is somebody to see it: `styleText` leaves it out for pipes and NO_COLOR. */
const paint = (style: Style, text: string) => styleText(style, text, { stream: process.stdout });

export function introduce({ issuer, gateway, engine }: World): void {
  say("");
  say(paint("bold", "Attach Gateway: a verified user, an agent's own token, a protected engine"));
  say(`  issuer   ${issuer.issuer}   a real OpenID provider that knows Alice and Bob`);
  say(`  gateway  ${gateway.url}   the real program, with SQLite in a folder that goes when it ends`);
  say(`  engine   ${engine.url}   ${engine.description}`);
  say("");
}

/**
 * Tells the story, a line a step, and stops at the first that does not hold.
 * @returns whether every step held
 */
export async function tell(steps: readonly Step[]): Promise<boolean> {
  for (const [index, { title, run }] of steps.entries()) {
    try {
      const [seen, ...more] = await run();
      say(`${paint("green", "✓")} ${index + 1} ${paint("bold", title)}: ${seen}`);
      for (const line of more) say(`      ${paint("dim", line)}`);
    } catch (error) {
      say(`${paint("red", "✗")} ${index + 1} ${paint("bold", title)}: ${reason(error)}`);
      return false;
    }
  }
  return true;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof StepFailed ? error.message : `${error.name}: ${error.message}`;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
