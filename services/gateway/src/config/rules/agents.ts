import type { Rule } from "./rule.ts";

/** Two records of one id would be one agent with two of everything. */
export const agentsAreDistinct: Rule = ({ settings: { agents }, layers: { report } }) => {
  for (const [index, { id }] of agents.entries())
    if (agents.findIndex((one) => one.id === id) < index)
      report.mistake(`agents.${index}.id`, "is another agent's as well");
};

export const agentsProveOneWay: Rule = ({ settings: { agents }, layers: { report } }) => {
  for (const [index, { secret, jwks }] of agents.entries())
    if (secret !== undefined && jwks !== undefined)
      report.mistake(`agents.${index}.jwks`, "does not go with a secret: an agent proves itself in one way");
};

export const endpointsAreWhole: Rule = ({ settings: { agents }, layers: { report } }) => {
  for (const [index, { endpoint }] of agents.entries())
    if (endpoint.url === undefined && endpoint.resource !== undefined)
      report.mistake(`agents.${index}.endpoint.url`, "is missing", "url: http://coder.internal:9000");
};

/** A token for the gateway itself is good for everything here: that must be wanted, and is said. */
export const resourcesAreNotOurs: Rule = ({ settings: { agents }, layers: { report }, publicUrl }) => {
  for (const { id, endpoint } of agents)
    if (endpoint.resource !== undefined && URL.canParse(endpoint.resource))
      if (new URL(endpoint.resource).origin === new URL(publicUrl).origin)
        report.warn(
          `the agent ${id} is handed tokens that are good at the gateway itself (its resource is PUBLIC_URL)`,
        );
};
