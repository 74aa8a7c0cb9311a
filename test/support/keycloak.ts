/** A real Keycloak for tests, on a free port with a data folder of its own and one realm in it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { KEYCLOAK_AUDIENCE, realm } from "./keycloak-realm.ts";

/** The version that `scripts/servers/keycloak.sh` fetches. */
const VERSION = "26.7.3";
/** It is ready in half a minute on two idle cores. */
export const KEYCLOAK_START_MS = 240_000;
const ADMIN = { username: "admin", password: "admin-of-this-test" };

export interface Keycloak {
  /** Where it listens, with no trailing slash. */
  readonly url: string;
  /** Of the process that started it: its children are Keycloak too. */
  readonly pid: number | undefined;
  /** The realm's issuer, as its tokens write it. */
  readonly issuer: string;
  /** What its tokens are made out to. */
  readonly audience: string;
  /** A POST to the realm's token endpoint. */
  token(form: Readonly<Record<string, string>>): Promise<Record<string, string>>;
  /** A call of the realm's admin API; the path is below `/admin/realms/attach`. */
  admin(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** The Keycloak to test with: `KEYCLOAK_HOME`, else the one that `scripts/servers/keycloak.sh` fetched. */
function findKeycloak(): string | undefined {
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const fetched = join(cache, "attach-gateway", "servers", `keycloak-${VERSION}`, "keycloak");
  return [process.env["KEYCLOAK_HOME"], fetched].find(
    (folder) => folder !== undefined && existsSync(join(folder, "bin", "kc.sh")),
  );
}

/**
 * Why the tests with a real Keycloak are skipped, or false when they run. CI sets `ATTACH_REQUIRE_SERVERS`, and a missing server is
 * then a failure instead.
 */
export function withoutKeycloak(): string | false {
  if (findKeycloak() !== undefined) return false;
  const reason = "skipped: no Keycloak here; `scripts/servers/keycloak.sh` fetches one (Java 17, Maven)";
  if (process.env["ATTACH_REQUIRE_SERVERS"] === "1")
    throw new Error(`ATTACH_REQUIRE_SERVERS=1, but ${reason}`);
  console.warn(`The tests with a real Keycloak are ${reason}.`);
  return reason;
}

/**
 * Starts Keycloak with the realm `attach` (`keycloak-realm.ts`).
 * @param core the one processor it may use, for measurements; needs `taskset`
 */
export async function startKeycloak({ core }: { readonly core?: number } = {}): Promise<Keycloak> {
  const home = findKeycloak();
  if (home === undefined) throw new Error("no Keycloak");
  const folder = await mkdtemp(join(tmpdir(), "attach-keycloak-"));
  await borrow(home, folder);
  await writeFile(join(folder, "data", "import", "attach-realm.json"), JSON.stringify(realm()));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const pinned = core === undefined ? [] : ["taskset", "-c", String(core)];
  const [program = "", ...args] = [...pinned, join(folder, "bin", "kc.sh")];
  const child = spawn(
    program,
    [
      ...args,
      ...["start", "--optimized", "--import-realm", "--http-enabled=true", "--hostname-strict=false"],
      ...["--http-host=127.0.0.1", `--http-port=${port}`],
    ],
    {
      // A process group of its own: the script starts Java as a child.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
        KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
        JAVA_OPTS_KC_HEAP: "-Xms64m -Xmx384m",
      },
    },
  );
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => void log.splice(0, log.length - 40, data.toString()));
  const killed = (): void => kill(child, "SIGKILL");
  process.once("exit", killed);
  const stop = async (): Promise<void> => {
    process.off("exit", killed);
    await end(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const issuer = `${url}/realms/attach`;
  try {
    await ready(issuer, child);
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}:\n${log.join("")}`);
  }
  return { url, pid: child.pid, issuer, audience: KEYCLOAK_AUDIENCE, ...callers(url), stop };
}

/** A home of its own that shares the programs: Keycloak writes its data below its home. */
async function borrow(home: string, folder: string): Promise<void> {
  await mkdir(join(folder, "data", "import"), { recursive: true });
  await cp(join(home, "bin"), join(folder, "bin"), { recursive: true });
  await cp(join(home, "conf"), join(folder, "conf"), { recursive: true });
  await mkdir(join(folder, "lib"));
  await symlink(join(home, "lib", "app"), join(folder, "lib", "app"));
  await symlink(join(home, "lib", "lib"), join(folder, "lib", "lib"));
  await cp(join(home, "lib", "quarkus"), join(folder, "lib", "quarkus"), { recursive: true });
  await cp(join(home, "lib", "quarkus-run.jar"), join(folder, "lib", "quarkus-run.jar"));
  await mkdir(join(folder, "providers"));
  await mkdir(join(folder, "themes"));
}

function callers(url: string): Pick<Keycloak, "token" | "admin"> {
  const post = async (realmName: string, form: Readonly<Record<string, string>>) => {
    const response = await fetch(`${url}/realms/${realmName}/protocol/openid-connect/token`, {
      method: "POST",
      body: new URLSearchParams(form),
    });
    if (!response.ok) throw new Error(`token endpoint: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, string>;
  };
  return {
    token: (form) => post("attach", form),
    async admin(method, path, body) {
      const { access_token } = await post("master", {
        grant_type: "password",
        client_id: "admin-cli",
        ...ADMIN,
      });
      const response = await fetch(`${url}/admin/realms/attach${path}`, {
        method,
        headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text === "" ? undefined : JSON.parse(text);
    },
  };
}

async function ready(issuer: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + KEYCLOAK_START_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`Keycloak ended with code ${child.exitCode}`);
    const answer = await fetch(`${issuer}/.well-known/openid-configuration`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await sleep(250);
  }
  throw new Error("Keycloak did not start in time");
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // Gone already.
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  kill(child, "SIGTERM");
  const impatient = setTimeout(() => kill(child, "SIGKILL"), 15_000);
  await ended;
  clearTimeout(impatient);
}
