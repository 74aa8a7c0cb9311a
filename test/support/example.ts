import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";

const EXAMPLES = resolve(import.meta.dirname, "../../examples");

/** What an example needs to know of the servers that run. */
export interface Around {
  readonly gatewayUrl: string;
  readonly userToken: string;
  readonly model: string;
}

/** Runs an example as a user would. @returns its exit code, and all it said */
export async function runExample(
  place: string,
  { gatewayUrl, userToken, model }: Around,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [join(EXAMPLES, place)], {
    env: {
      PATH: process.env["PATH"] ?? "",
      ATTACH_GATEWAY_URL: gatewayUrl,
      USER_TOKEN: userToken,
      MODEL: model,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}
