import { loadForms } from "../form-load.ts";
import { startAttach } from "../peers/attach.ts";
import type { Setting } from "../peers/peer.ts";
import type { BenchIssuer } from "../tokens.ts";
import {
  type Costed,
  costed,
  EXCHANGE,
  type ExchangeOptions,
  type ExchangeRow,
  overRounds,
} from "./exchange.ts";

const RESOURCE = "http://files.bench/api";
/** Agents' tokens that a resource server asks about in turn. */
const TOKENS = 500;

/**
 * `POST /oauth/introspect` (RFC 7662), asked by a registered resource server with its secret about agents' tokens that are
 * addressed to it. Needs `wrk`.
 */
export async function measureIntrospection(
  setting: Setting,
  issuer: BenchIssuer,
  { rounds, seconds, connections }: ExchangeOptions,
): Promise<ExchangeRow[]> {
  const { peer } = await startAttach(setting, { ADMIN_SUBJECTS: `${issuer.issuer}|user-1` });
  try {
    const secret = await registerServer(peer.url, issuer.tokens[0] ?? "");
    const values = await Promise.all(
      issuer.tokens.slice(0, TOKENS).map((token) => exchange(peer.url, token)),
    );
    const headers = { Authorization: `Basic ${btoa(`files-api:${secret}`)}` };
    const once = () =>
      costed(peer.pid, () =>
        loadForms({
          ...{
            folder: setting.folder,
            url: peer.url,
            path: "/oauth/introspect",
            headers,
            seconds,
            connections,
          },
          ...{ fields: { token_type_hint: "access_token" }, varied: { name: "token", values } },
        }),
      );
    const all: Costed[] = [];
    await once();
    for (let round = 0; round < rounds; round += 1) all.push(await once());
    return [overRounds("introspection, by client secret", "nothing is read or written", all)];
  } finally {
    await peer.stop();
  }
}

async function registerServer(url: string, admin: string): Promise<string> {
  const endpoint = { url: "http://files.bench/rpc", protocol: "http", resource: RESOURCE };
  const response = await fetch(`${url}/attach/v1/agents`, {
    method: "POST",
    headers: { authorization: `Bearer ${admin}`, "content-type": "application/json" },
    body: JSON.stringify({ id: "files-api", introspect: true, endpoint }),
  });
  const { secret } = (await response.json()) as { secret?: string };
  if (secret === undefined)
    throw new Error(`the resource server could not be registered: ${response.status}`);
  return secret;
}

async function exchange(url: string, subject_token: string): Promise<string> {
  const fields = { ...EXCHANGE, client_id: "bench-agent", scope: "llm:read", ttl: "3600" };
  const body = new URLSearchParams({ ...fields, subject_token, resource: RESOURCE });
  const response = await fetch(`${url}/oauth/token`, { method: "POST", body });
  const { access_token } = (await response.json()) as { access_token?: string };
  if (access_token === undefined) throw new Error(`no token to ask about: ${response.status}`);
  return access_token;
}
