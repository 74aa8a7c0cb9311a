/** Authlib, an OAuth client of the Python world, as a process that answers one line of JSON with another. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const FOLDER = resolve(import.meta.dirname, "../interop/authlib");

/** Who asks: by nothing, by a secret, or by a private JWK. */
export interface PythonClient {
  readonly id: string;
  readonly secret?: string;
  readonly method?: "client_secret_basic" | "client_secret_post";
  readonly key?: object;
}

export interface Authlib {
  /** @throws where Authlib itself failed, with what it wrote */
  ask(request: {
    readonly do: string;
    readonly url: string;
    readonly client: PythonClient;
    readonly [field: string]: unknown;
  }): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** The Python to test with: `ATTACH_PYTHON`, else the one that `scripts/servers/authlib.sh` made. */
function findPython(): string | undefined {
  const named = process.env["ATTACH_PYTHON"];
  if (named) return named;
  const version = /^Authlib==(.+)$/m.exec(readFileSync(join(FOLDER, "requirements.txt"), "utf8"))?.[1];
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const made = join(cache, "attach-gateway", "servers", `authlib-${version}`);
  // Written last, so what is there is whole.
  return existsSync(join(made, "made-from.txt")) ? join(made, "bin", "python") : undefined;
}

/** Why the tests with Authlib are skipped, or false when they run; where `ATTACH_REQUIRE_SERVERS` is set it is a failure instead. */
export function withoutAuthlib(): string | false {
  if (findPython() !== undefined) return false;
  const reason = "skipped: no Authlib here; `scripts/servers/authlib.sh` installs it";
  if (process.env["ATTACH_REQUIRE_SERVERS"] === "1")
    throw new Error(`ATTACH_REQUIRE_SERVERS=1, but ${reason}`);
  console.warn(`The tests with Authlib are ${reason}.`);
  return reason;
}

export function startAuthlib(): Authlib {
  const child = spawn(findPython() ?? "python3", [join(FOLDER, "client.py")], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`Authlib failed:\n${complaint}`);
      const answer = JSON.parse(value) as Record<string, unknown>;
      if ("failed" in answer) throw new Error(`Authlib failed:\n${answer["failed"]}`);
      return answer;
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
