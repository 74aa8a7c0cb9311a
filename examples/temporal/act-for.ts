/** What a worker acts with: its own service token, and with it a token for the task that an activity is part of. */
import { AttachClient } from "@attach-dev/sdk";
import type { Identity } from "./workflows.ts";

export interface WorkerAccount {
  /** The id that the worker is registered with (`TEMPORAL_WORKER` at the gateway). */
  readonly id: string;
  readonly secret: string;
}

/** Seconds before its end at which a token is not used any more. */
const MARGIN = 10;

/**
 * The worker as an agent of whoever asked for the workflow: chain and session are theirs, grown by the worker. Called by activities, never by a
 * workflow: nothing of it gets into the history.
 */
export function createActFor(account: WorkerAccount) {
  let own: { readonly token: string; readonly until: number } | undefined;

  async function ownToken(gateway: string): Promise<string> {
    if (own !== undefined && Date.now() < own.until) return own.token;
    const { access_token: token, expires_in } = await ask(`${gateway}/oauth/token`, {
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: account.id,
        client_secret: account.secret,
      }),
    });
    own = { token, until: Date.now() + (expires_in - MARGIN) * 1000 };
    return token;
  }

  return async ({ gateway, task }: Identity) => {
    const headers = { authorization: `Bearer ${await ownToken(gateway)}` };
    const { access_token } = await ask(`${gateway}/a2a/tasks/${task}/token`, { headers });
    return AttachClient.asAgent(access_token, { gatewayUrl: gateway });
  };
}

async function ask(url: string, init: RequestInit): Promise<{ access_token: string; expires_in: number }> {
  const response = await fetch(url, { method: "POST", ...init });
  if (!response.ok) throw new Error(`${new URL(url).pathname}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { access_token: string; expires_in: number };
}
