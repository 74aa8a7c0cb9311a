import type { Era } from "../calls/operations.ts";
import type { AgentCard, Interface } from "./read.ts";
import { legacyRequirement, legacySecurity, requirement, security } from "./security.ts";
import type { Skill } from "./skills.ts";

export interface Place {
  readonly publicUrl: string;
  /** The agent's place on the gateway, an absolute URL without a slash at its end. */
  readonly base: string;
}

const SUFFIX = { JSONRPC: "/rpc", "HTTP+JSON": "/rest" } as const;

const ours = ({ binding }: Interface, { base }: Place) => base + SUFFIX[binding];

/** The card as the gateway serves it, in the shape of a version: our addresses, our security, and no signature but ours. */
export function rewriteCard(card: AgentCard, place: Place, era: Era): object {
  return era === "1.0" ? modern(card, place) : legacy(card, place);
}

/** What `GET /v1/card` answers: 0.3 writes its proto there, which says security as 1.0 does. */
export function rewriteProtoCard(card: AgentCard, place: Place): object {
  const { securitySchemes, securityRequirements } = security(place.publicUrl);
  return {
    ...legacy(card, place),
    securitySchemes,
    security: securityRequirements,
    skills: card.skills.map((skill) => ({
      ...shared(skill),
      ...(skill.needs.length === 0 ? {} : { security: skill.needs.map(requirement) }),
    })),
  };
}

/** Which shape a client gets that does not say: that of 1.0, unless the agent speaks 0.3 alone. */
export function usualEra({ interfaces }: AgentCard): Era {
  return interfaces.some(({ era }) => era === "1.0") ? "1.0" : "0.3";
}

/** 1.0 forbids members that it does not know, so nothing of 0.3 is in it. Required members are there though empty (§8.4.1). */
function modern(card: AgentCard, place: Place): object {
  const { provider, documentationUrl, iconUrl, extensions } = card;
  return {
    name: card.name,
    description: card.description,
    version: card.version,
    supportedInterfaces: card.interfaces.map((one) => ({
      url: ours(one, place),
      protocolBinding: one.binding,
      protocolVersion: one.era,
    })),
    ...(provider === null ? {} : { provider }),
    ...(documentationUrl === null ? {} : { documentationUrl }),
    ...(iconUrl === null ? {} : { iconUrl }),
    capabilities: {
      streaming: card.streaming,
      pushNotifications: card.pushNotifications,
      extendedAgentCard: card.extendedCard,
      ...(extensions.length === 0 ? {} : { extensions }),
    },
    ...security(place.publicUrl),
    defaultInputModes: card.inputModes,
    defaultOutputModes: card.outputModes,
    skills: card.skills.map((skill) => ({
      ...shared(skill),
      ...(skill.needs.length === 0 ? {} : { securityRequirements: skill.needs.map(requirement) }),
    })),
  };
}

function legacy(card: AgentCard, place: Place): object {
  const { provider, documentationUrl, iconUrl, extensions, interfaces } = card;
  const spoken = interfaces.filter(({ era }) => era === "0.3");
  const [preferred] = spoken;
  return {
    protocolVersion: "0.3.0",
    name: card.name,
    description: card.description,
    version: card.version,
    url: preferred === undefined ? place.base + SUFFIX.JSONRPC : ours(preferred, place),
    preferredTransport: preferred?.binding ?? "JSONRPC",
    additionalInterfaces: spoken.map((one) => ({ url: ours(one, place), transport: one.binding })),
    ...(provider === null ? {} : { provider }),
    ...(documentationUrl === null ? {} : { documentationUrl }),
    ...(iconUrl === null ? {} : { iconUrl }),
    capabilities: {
      streaming: card.streaming,
      pushNotifications: card.pushNotifications,
      ...(extensions.length === 0 ? {} : { extensions }),
    },
    ...legacySecurity(place.publicUrl),
    defaultInputModes: card.inputModes,
    defaultOutputModes: card.outputModes,
    skills: card.skills.map((skill) => ({
      ...shared(skill),
      ...(skill.needs.length === 0 ? {} : { security: skill.needs.map(legacyRequirement) }),
    })),
    supportsAuthenticatedExtendedCard: card.extendedCard,
  };
}

function shared({ id, name, description, tags, examples, inputModes, outputModes }: Skill) {
  return {
    id,
    name,
    description,
    tags,
    ...(examples.length === 0 ? {} : { examples }),
    ...(inputModes.length === 0 ? {} : { inputModes }),
    ...(outputModes.length === 0 ? {} : { outputModes }),
  };
}
