import { join } from "node:path";
import { startAttach } from "../peers/attach.ts";
import type { Setting } from "../peers/peer.ts";
import { median } from "../statistics.ts";
import type { BenchIssuer } from "../tokens.ts";
import { EXCHANGE } from "./exchange.ts";

const TIMES = 20;

/** Milliseconds from the answer to a revocation until the token is refused. */
export interface RevocationFigures {
  /** At the process that was told: how long its next answer takes, which is a refusal. */
  readonly here: { readonly median: number; readonly worst: number };
  /** At another process on the same store. */
  readonly there: { readonly median: number; readonly worst: number };
}

/** Two gateways on one store: a token is revoked at the first and tried at both. */
export async function measureRevocation(setting: Setting, issuer: BenchIssuer): Promise<RevocationFigures> {
  const env = { DATABASE_URL: `sqlite:${join(setting.folder, "shared.db")}` };
  const { peer: first } = await startAttach(setting, env);
  const { peer: second } = await startAttach(setting, env);
  const here: number[] = [];
  const there: number[] = [];
  try {
    for (let time = 0; time < TIMES; time += 1) {
      const token = await exchange(first.url, issuer.tokens[time] ?? "");
      for (const { url } of [first, second]) {
        if ((await use(url, token)) === 401) throw new Error("a good token was refused");
      }
      await revoke(first.url, token);
      const told = performance.now();
      if ((await use(first.url, token)) !== 401) throw new Error("a revoked token was let in");
      here.push(performance.now() - told);
      while ((await use(second.url, token)) !== 401) await new Promise((wake) => setTimeout(wake, 1));
      there.push(performance.now() - told);
    }
  } finally {
    await Promise.all([first.stop(), second.stop()]);
  }
  const summary = (all: readonly number[]) => ({ median: median(all), worst: Math.max(...all) });
  return { here: summary(here), there: summary(there) };
}

async function exchange(url: string, subject_token: string): Promise<string> {
  const body = new URLSearchParams({
    ...EXCHANGE,
    client_id: "bench-agent",
    scope: "llm:read",
    subject_token,
  });
  const response = await fetch(`${url}/oauth/token`, { method: "POST", body });
  const { access_token } = (await response.json()) as { access_token?: string };
  if (access_token === undefined) throw new Error(`no token to revoke: ${response.status}`);
  return access_token;
}

async function use(url: string, token: string): Promise<number> {
  const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  return response.status;
}

async function revoke(url: string, token: string): Promise<void> {
  const body = new URLSearchParams({ client_id: "bench-agent", token });
  const response = await fetch(`${url}/oauth/revoke`, { method: "POST", body });
  if (response.status !== 200) throw new Error(`the token could not be revoked: ${response.status}`);
}
