/** Writes docs/openapi.json as the running gateway answers it, and the SDK's types out of it. A test fails when it was forgotten. */
import { writeFileSync } from "node:fs";
import { API_FILES, renderApi } from "./render.ts";

const rendered = await renderApi();
writeFileSync(API_FILES.document, rendered.document);
writeFileSync(API_FILES.types, rendered.types);
