/**
 * The public compatibility kit of A2A (github.com/a2aproject/a2a-tck) against a reference agent, directly and through the gateway with a token:
 *
 *     A2A_TCK=<checkout of branch 1.0-dev> A2A_TCK_03=<checkout of branch 0.3.x> PYTHON=<python with the kit's packages> \
 *       node scripts/conformance/a2a.ts
 *
 * Either checkout may be missing: then its runs are left out. The kit is not part of this project. What it said is in docs/conformance/a2a.md. Ends
 * with 1 where something fails through the gateway that does not fail directly.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startReferenceAgent } from "../../test/support/a2a-agent.ts";
import { type AgentServer, startAgents } from "../../test/support/agents.ts";

/** The kit sends no token of its own (both branches): this gives one to every request, and changes nothing else. */
const PLUGIN = `import os
import httpx, requests
TOKEN = "Bearer " + os.environ["TCK_TOKEN"]
def give(real):
    def send(self, request, **kwargs):
        request.headers.setdefault("Authorization", TOKEN)
        return real(self, request, **kwargs)
    return send
httpx.Client.send = give(httpx.Client.send)
httpx.AsyncClient.send = give(httpx.AsyncClient.send)
requests.Session.send = give(requests.Session.send)
`;

interface Suite {
  readonly name: string;
  readonly kit: string;
  readonly legacy: boolean;
  /** Arguments for pytest, given the base of the agent (its card's host) and the address of its JSON-RPC. */
  args(base: string, rpc: string): readonly string[];
}

interface Outcome {
  readonly failed: readonly string[];
  readonly summary: string;
}

const python = process.env["PYTHON"] ?? "python3";
const only = process.argv.slice(2);
const suites = [...modern(process.env["A2A_TCK"]), ...legacy(process.env["A2A_TCK_03"])].filter(
  ({ name }) => only.length === 0 || only.some((word) => name.includes(word)),
);
if (suites.length === 0) {
  console.error("A2A_TCK and A2A_TCK_03 name no checkout of the kit, so there is nothing to run");
  process.exit(2);
}

// The reference agent tells of every refusal that the kit provokes.
console.error = () => {};
const folder = await mkdtemp(join(tmpdir(), "a2a-conformance-"));
await writeFile(join(folder, "give_token.py"), PLUGIN);
let added = 0;
for (const suite of suites) {
  const direct = await runDirect(suite);
  const through = await runThrough(suite);
  const news = through.failed.filter((test) => !direct.failed.includes(test));
  added += news.length;
  console.log(`| ${suite.name} | ${direct.summary} | ${through.summary} | ${news.length} |`);
  for (const test of news) console.log(`  fails through the gateway only: ${test}`);
  const mended = direct.failed.filter((test) => !through.failed.includes(test));
  for (const test of mended) console.log(`  fails directly only: ${test}`);
}
await rm(folder, { recursive: true, force: true });
process.exit(added === 0 ? 0 : 1);

function modern(kit: string | undefined): readonly Suite[] {
  if (kit === undefined) return [];
  const args = (base: string) => [
    "tests/compatibility",
    `--sut-host=${base}`,
    "--transport=jsonrpc,http_json",
    "--webhook-host=127.0.0.1",
  ];
  return [{ name: "1.0, JSON-RPC and HTTP+JSON", kit, legacy: false, args }];
}

function legacy(kit: string | undefined): readonly Suite[] {
  if (kit === undefined) return [];
  return (["mandatory", "capabilities"] as const).map((category) => ({
    name: `0.3, ${category}`,
    kit,
    legacy: true,
    args: (_base, rpc) => [
      // As the kit's own runner has it.
      ...(category === "mandatory"
        ? ["tests/mandatory/", "-m", "mandatory_jsonrpc or mandatory_protocol"]
        : ["tests/optional/capabilities/"]),
      `--sut-url=${rpc}`,
      "--test-scope=all",
      "--transports=jsonrpc,rest",
    ],
  }));
}

async function runDirect(suite: Suite): Promise<Outcome> {
  const agent = await startReferenceAgent({ legacy: suite.legacy, legacyCard: suite.legacy, workMs: 4_000 });
  try {
    return await pytest(suite, suite.args(agent.url, `${agent.url}/rpc`), {});
  } finally {
    await agent.close();
  }
}

async function runThrough(suite: Suite): Promise<Outcome> {
  const agent = await startReferenceAgent({ legacy: suite.legacy, legacyCard: suite.legacy, workMs: 4_000 });
  const at = await startAgents({ OUTBOUND_ALLOW: "127.0.0.1 localhost", A2A_DEFAULT_AGENT: "kit" });
  try {
    await at.register("kit", { endpoint: { url: agent.url, protocol: "a2a", resource: `${agent.url}/` } });
    const base = `${at.url}/a2a/agents/kit`;
    return await pytest(suite, ["-p", "give_token", ...suite.args(base, `${base}/rpc`)], {
      PYTHONPATH: folder,
      TCK_TOKEN: await longToken(at),
    });
  } finally {
    await at.close();
    await agent.close();
  }
}

/** As long as a token may live: a run takes minutes. */
function longToken(at: AgentServer): Promise<string> {
  return at.issue({ client_id: "kit-client", ttl: "3600" });
}

async function pytest(
  { kit }: Suite,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const report = join(folder, "report.xml");
  const child = spawn(
    python,
    ["-m", "pytest", "-q", "-p", "no:cacheprovider", `--junitxml=${report}`, ...args],
    { cwd: kit, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] },
  );
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(child, "close");
  const xml = await readFile(report, "utf8").catch(() => "");
  const summary = /(?:\d+ \w+(?:, )?)+ in [\d.]+s/.exec(said)?.[0].replace(/ in .*/, "");
  if (summary === undefined) throw new Error(`the kit did not run:\n${said.slice(-4_000)}`);
  const cases = xml.split("<testcase ").slice(1);
  const failed = cases.flatMap((text) => {
    const name = /classname="([^"]*)" name="([^"]*)"/.exec(text);
    return /<(?:failure|error)[ >]/.test(text) && name !== null ? [`${name[1]}::${name[2]}`] : [];
  });
  return { failed, summary };
}
