import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DOCUMENTS } from "./docs/documents.ts";

// Writes what follows from the schema. A test fails when it was forgotten.
const root = resolve(import.meta.dirname, "../../../..");
for (const [place, render] of Object.entries(DOCUMENTS)) {
  const file = resolve(root, place);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, render());
}
