/** An agent's place on the gateway, without a slash at its end. */
export function agentBase(publicUrl: string, agent: string): string {
  return `${publicUrl}/a2a/agents/${encodeURIComponent(agent)}`;
}
