import type { Import } from "./imports.ts";

const GATEWAY = "services/gateway/src/";

/** Floors of the gateway (docs/architecture.md). A room may import itself and the floors listed; nothing else. */
export const ROOMS: Readonly<Record<string, { floor: number; mayImport: readonly number[] }>> = {
  core: { floor: 0, mayImport: [] },
  config: { floor: 1, mayImport: [0] },
  observability: { floor: 1, mayImport: [0] },
  identity: { floor: 1, mayImport: [0] },
  policy: { floor: 1, mayImport: [0] },
  metering: { floor: 1, mayImport: [0] },
  audit: { floor: 1, mayImport: [0] },
  memory: { floor: 1, mayImport: [0] },
  store: { floor: 1, mayImport: [0] },
  limits: { floor: 1, mayImport: [0] },
  redis: { floor: 1, mayImport: [0] },
  outbound: { floor: 1, mayImport: [0] },
  temporal: { floor: 1, mayImport: [0] },
  http: { floor: 2, mayImport: [0] },
  proxy: { floor: 2, mayImport: [0] },
  authority: { floor: 3, mayImport: [0, 2] },
  llm: { floor: 3, mayImport: [0, 2] },
  a2a: { floor: 3, mayImport: [0, 2] },
  mcp: { floor: 3, mayImport: [0, 2] },
  tasks: { floor: 3, mayImport: [0, 2] },
  ops: { floor: 3, mayImport: [0, 2] },
  recall: { floor: 3, mayImport: [0, 2] },
  ui: { floor: 3, mayImport: [0, 2] },
  // The composition root, the process and the command line: one room, the only one that knows the others.
  top: { floor: 4, mayImport: [0, 1, 2, 3] },
};

/** Workspace packages by what else of the workspace they may import. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "packages/protocol": [],
  "packages/sdk": ["@attach-dev/protocol"],
  "services/dev-issuer": [],
  "services/demo-engine": [],
  "services/gateway": ["@attach-dev/protocol", "@attach-dev/dev-issuer", "@attach-dev/demo-engine"],
};

/** Only these rooms may know these libraries: a second user would mean that a port is missing. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  "@cedar-policy/cedar-wasm": ["policy"],
  "@fastify/rate-limit": ["http"],
  "@noble/curves": ["identity"],
  "@noble/hashes": ["identity"],
  "@redis/client": ["redis"],
  "@opentelemetry/api": ["observability"],
  "@opentelemetry/resources": ["observability"],
  "@opentelemetry/sdk-metrics": ["observability"],
  "@opentelemetry/sdk-trace": ["observability"],
  "@temporalio/client": ["temporal"],
  "@secretlint/core": ["memory"],
  "@secretlint/secretlint-rule-preset-recommend": ["memory"],
  "better-sqlite3": ["store"],
  "drizzle-orm": ["store"],
  undici: ["proxy", "identity", "outbound", "top"],
  jose: ["core", "identity", "authority"],
  "gpt-tokenizer": ["metering"],
  fastify: ["http", "proxy", "authority", "llm", "a2a", "mcp", "tasks", "ops", "recall", "ui", "top"],
  pino: ["observability"],
  typebox: ["config", "http", "authority", "a2a", "mcp", "tasks", "ops", "recall"],
  yaml: ["config"],
};

/** The room a gateway file stands in; `undefined` outside the gateway. */
export function roomOf(file: string): string | undefined {
  if (!file.startsWith(GATEWAY)) return undefined;
  const [first, ...rest] = file.slice(GATEWAY.length).split("/");
  return rest.length === 0 || first === "cli" ? "top" : first;
}

/** Why an import is a wrong arrow; `undefined` when it is a right one. */
export function wrongArrow({ from, specifier, file }: Import): string | undefined {
  return file === undefined ? wrongPackage(from, specifier) : wrongRoom(from, file);
}

function wrongRoom(from: string, to: string): string | undefined {
  const here = roomOf(from);
  const there = roomOf(to);
  if (here === undefined || there === undefined) {
    const home = packageOf(from);
    return packageOf(to) === home ? undefined : `${from} reaches into ${to}: import the package by its name`;
  }
  if (here === there) return undefined;
  const room = ROOMS[here];
  const target = ROOMS[there];
  if (room === undefined) return `${from}: no room called "${here}" is planned`;
  if (target === undefined) return `${from} imports ${to}: no room called "${there}" is planned`;
  return room.mayImport.includes(target.floor)
    ? undefined
    : `${from} (floor ${room.floor}, ${here}) must not import ${to} (floor ${target.floor}, ${there})`;
}

function wrongPackage(from: string, specifier: string): string | undefined {
  const name = specifier.startsWith("@")
    ? specifier.split("/").slice(0, 2).join("/")
    : specifier.split("/")[0];
  const home = packageOf(from);
  const inWorkspace = specifier.startsWith("@attach-dev/") || name === "attach-gateway";
  if (inWorkspace && !PACKAGES[home]?.includes(name ?? "")) return `${from} must not import ${specifier}`;
  const users = LIBRARIES[name ?? ""];
  const room = roomOf(from);
  if (users !== undefined && room !== undefined && !users.includes(room)) {
    return `${from}: ${name} is for ${users.join(", ")} only`;
  }
  if (home === "packages/sdk" && /^node:|^bun:/.test(specifier))
    return `${from}: the SDK runs where there is no Node`;
  return undefined;
}

function packageOf(file: string): string {
  return file.split("/").slice(0, 2).join("/");
}
