export { type DemoEngine, type DemoEngineOptions, type RecordedRequest, startDemoEngine } from "./start.ts";
export { countTokens } from "./tokens.ts";
