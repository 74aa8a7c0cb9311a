import { once } from "node:events";
import { type DemoOptions, readOptions, USAGE } from "./demo/options.ts";
import { printPaste } from "./demo/paste.ts";
import { story } from "./demo/story.ts";
import { introduce, say, tell } from "./demo/tell.ts";
import { startWorld } from "./demo/world.ts";

/** The story of the product, on real parts. Exit code 0 only if every step held. */
async function main(): Promise<number> {
  let options: DemoOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const leaving = signalled();
  const world = await startWorld(options);
  try {
    introduce(world);
    const told = await Promise.race([tell(story(world)), leaving.then(() => "left" as const)]);
    if (told === "left") return 130;
    say(told ? "\nEvery step held." : "\nThe story did not hold.");
    if (!told || !options.serve) return told ? 0 : 1;
    await printPaste(world);
    await leaving;
    return 0;
  } finally {
    await world.close();
  }
}

/** Resolves at the first request to end. A second one ends at once, as ever. */
function signalled(): Promise<unknown> {
  return Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(2);
  },
);
