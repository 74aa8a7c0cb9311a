import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";
import type { Binding, Era } from "../calls/operations.ts";
import { readSkills, type Skill } from "./skills.ts";
import { flag, listOf, text, texts, webAddress } from "./texts.ts";

/** Where an agent listens, by its own card. */
export interface Interface {
  readonly binding: Binding;
  readonly era: Era;
  readonly url: URL;
  /** Sent with each call in place of whatever the caller says. */
  readonly tenant: string;
}

/** What an agent says of itself, as far as it is passed on: its own addresses, its security and its signatures are not. */
export interface AgentCard {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly provider: { readonly organization: string; readonly url: string } | null;
  readonly documentationUrl: string | null;
  readonly iconUrl: string | null;
  readonly streaming: boolean;
  readonly pushNotifications: boolean;
  readonly extendedCard: boolean;
  readonly extensions: readonly JsonObject[];
  readonly inputModes: readonly string[];
  readonly outputModes: readonly string[];
  readonly skills: readonly Skill[];
  readonly interfaces: readonly Interface[];
}

const MAX_INTERFACES = 32;

/**
 * A card of 1.0 or 0.3, held to what it may say: whoever wrote it may be hostile. An interface on another origin than the registered endpoint is
 * left out, for tokens made out to the agent would go there.
 * @returns `undefined` where it is no card
 */
export function readCard(value: Json | undefined, endpoint: string): AgentCard | undefined {
  if (!isJsonObject(value)) return undefined;
  const name = text(value["name"], 200);
  if (name === "") return undefined;
  const capabilities = isJsonObject(value["capabilities"]) ? value["capabilities"] : {};
  const provider = isJsonObject(value["provider"]) ? value["provider"] : undefined;
  const organization = text(provider?.["organization"], 200);
  return {
    name,
    description: text(value["description"], 8_192),
    version: text(value["version"], 100),
    provider: organization === "" ? null : { organization, url: webAddress(provider?.["url"]) ?? "" },
    documentationUrl: webAddress(value["documentationUrl"]),
    iconUrl: webAddress(value["iconUrl"]),
    streaming: flag(capabilities["streaming"]),
    pushNotifications: flag(capabilities["pushNotifications"]),
    extendedCard: flag(capabilities["extendedAgentCard"]) || flag(value["supportsAuthenticatedExtendedCard"]),
    extensions: listOf(capabilities["extensions"], 32).flatMap(readExtension),
    inputModes: texts(value["defaultInputModes"]),
    outputModes: texts(value["defaultOutputModes"]),
    skills: readSkills(value["skills"]),
    interfaces: readInterfaces(value, new URL(endpoint).origin),
  };
}

function readExtension(value: Json): readonly JsonObject[] {
  if (!isJsonObject(value)) return [];
  const uri = text(value["uri"], 512);
  if (uri === "") return [];
  const description = text(value["description"], 1_024);
  const params = isJsonObject(value["params"]) ? { params: value["params"] } : {};
  return [
    { uri, ...(description === "" ? {} : { description }), required: flag(value["required"]), ...params },
  ];
}

function readInterfaces(card: JsonObject, origin: string): readonly Interface[] {
  const modern = listOf(card["supportedInterfaces"], MAX_INTERFACES).flatMap((one) =>
    isJsonObject(one)
      ? readInterface(origin, {
          url: one["url"],
          binding: one["protocolBinding"],
          version: one["protocolVersion"],
          tenant: one["tenant"],
        })
      : [],
  );
  // A hybrid card has both; the old members say what is spoken in the old version.
  const version = card["protocolVersion"] ?? "0.3";
  const legacy = [
    { url: card["url"], binding: card["preferredTransport"] ?? "JSONRPC" },
    ...listOf(card["additionalInterfaces"], MAX_INTERFACES).map((one) =>
      isJsonObject(one) ? { url: one["url"], binding: one["transport"] } : {},
    ),
  ].flatMap((one) => readInterface(origin, { ...one, version, tenant: undefined }));
  const seen = new Set<string>();
  return [...modern, ...legacy].filter(({ binding, era }) => {
    const key = `${binding} ${era}`;
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst;
  });
}

function readInterface(
  origin: string,
  said: {
    readonly url?: unknown;
    readonly binding?: unknown;
    readonly version?: unknown;
    readonly tenant?: unknown;
  },
): readonly Interface[] {
  const { url, binding, version, tenant } = said;
  if (typeof url !== "string" || !URL.canParse(url) || new URL(url).origin !== origin) return [];
  if (binding !== "JSONRPC" && binding !== "HTTP+JSON") return [];
  const era = /^0\.[23](\.|$)/.test(String(version))
    ? "0.3"
    : /^1\.0(\.|$)/.test(String(version))
      ? "1.0"
      : undefined;
  if (era === undefined) return [];
  const address = new URL(url);
  address.hash = "";
  const { username, password } = address;
  if (username !== "" || password !== "") return [];
  return [{ binding, era, url: address, tenant: text(tenant, 256) }];
}
