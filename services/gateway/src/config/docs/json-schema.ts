import { type Node, ROOT } from "../settings.ts";

/** The schema of `attach.yaml`, for editors: no keywords of ours, secrets as `{env: NAME}`, nothing that would be refused. */
export function renderJsonSchema(): string {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "attach.yaml",
    description: "Configuration of Attach Gateway",
    ...convert(ROOT),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function convert(node: Node): object {
  if (node.setting !== undefined) return convertSetting(node);
  if (node.items !== undefined)
    return { type: "array", description: node.description, items: convert(node.items) };
  const properties = Object.entries(node.properties ?? {}).filter(([, child]) => !isRefused(child));
  const required = properties
    .filter(
      ([key, child]) =>
        node.required?.includes(key) && child.setting !== undefined && child.default === undefined,
    )
    .map(([key]) => key);
  return {
    type: "object",
    ...(node.description === undefined ? {} : { description: node.description }),
    properties: Object.fromEntries(properties.map(([key, child]) => [key, convert(child)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function convertSetting({ setting, ...keywords }: Node): object {
  const reference = {
    type: "object",
    properties: { env: { type: "string", description: "Name of the variable that holds it." } },
    required: ["env"],
    additionalProperties: false,
  };
  const { description, default: fallback } = keywords;
  const about = { description, ...(fallback === undefined ? {} : { default: fallback }) };
  if (setting?.secret !== undefined) {
    return {
      ...about,
      ...(setting.kind === "address" ? { anyOf: [{ type: "string" }, reference] } : reference),
    };
  }
  // A time and a size may also be a bare number: seconds, bytes.
  if (setting?.kind === "duration" || setting?.kind === "bytes")
    return { ...about, type: ["string", "integer"] };
  return keywords;
}

/** Is there nothing in here but what this version refuses? */
function isRefused(node: Node): boolean {
  if (node.setting !== undefined) return node.setting.support === "refused";
  return node.properties !== undefined && Object.values(node.properties).every(isRefused);
}
