import { resolve } from "node:path";

/** One package that is published. */
export interface Package {
  readonly name: string;
  readonly folder: string;
  /** Name in `dist`, without extension → source, from the package's folder. */
  readonly entries: Readonly<Record<string, string>>;
  readonly platform: "node" | "neutral";
  /** Whether others import it, so that it needs declarations. */
  readonly types: boolean;
}

export const root = resolve(import.meta.dirname, "../..");

export const packages: readonly Package[] = [
  {
    name: "sdk",
    folder: resolve(root, "packages/sdk"),
    entries: { index: "src/index.ts", a2a: "src/a2a.ts", langchain: "src/langchain/index.ts" },
    platform: "neutral",
    types: true,
  },
  {
    name: "dev-issuer",
    folder: resolve(root, "services/dev-issuer"),
    entries: { index: "src/index.ts", main: "src/main.ts" },
    platform: "node",
    types: true,
  },
  {
    name: "gateway",
    folder: resolve(root, "services/gateway"),
    entries: {
      main: "src/main.ts",
      "store-thread": "src/store/sqlite/store-thread.ts",
      "count-thread": "src/metering/estimate/count-thread.ts",
      "memory-thread": "src/memory/thread/memory-thread.ts",
    },
    platform: "node",
    types: false,
  },
];
