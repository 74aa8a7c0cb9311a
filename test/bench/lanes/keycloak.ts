import { startKeycloak } from "../../support/keycloak.ts";
import { KEYCLOAK_MACHINE } from "../../support/keycloak-realm.ts";
import { loadForms } from "../form-load.ts";
import { GATEWAY_CORE } from "../pinned.ts";
import {
  type Costed,
  costed,
  EXCHANGE,
  type ExchangeOptions,
  type ExchangeRow,
  overRounds,
} from "./exchange.ts";

/** Seconds of load before what counts: a Java program is compiled while it runs, on one core for half a minute and more. */
const WARM_UP_SECONDS = 45;

/**
 * Keycloak's standard token exchange (v2), on the core that the gateway had: a client with a secret exchanges its own token, seen
 * before each time. Only where `KEYCLOAK_HOME` names one.
 */
export async function measureKeycloak(
  folder: string,
  { rounds, seconds, connections }: ExchangeOptions,
): Promise<ExchangeRow[]> {
  if (!process.env["KEYCLOAK_HOME"]) return [];
  const keycloak = await startKeycloak({ core: GATEWAY_CORE });
  try {
    await allowExchange(keycloak);
    const { access_token = "" } = await keycloak.token({
      ...KEYCLOAK_MACHINE,
      grant_type: "client_credentials",
    });
    const path = `${new URL(keycloak.issuer).pathname}/protocol/openid-connect/token`;
    const load = (length: number) =>
      costed(keycloak.pid, () =>
        loadForms({
          ...{
            folder,
            url: keycloak.url,
            path,
            fields: { ...EXCHANGE, ...KEYCLOAK_MACHINE },
            seconds: length,
            connections,
          },
          varied: { name: "subject_token", values: [access_token] },
        }),
      );
    const all: Costed[] = [];
    await load(WARM_UP_SECONDS);
    for (let round = 0; round < rounds; round += 1) all.push(await load(seconds));
    return [overRounds("Keycloak, standard token exchange", "nothing durable", all)];
  } finally {
    await keycloak.stop();
  }
}

async function allowExchange({
  admin,
}: Pick<Awaited<ReturnType<typeof startKeycloak>>, "admin">): Promise<void> {
  const found = await admin("GET", `/clients?clientId=${KEYCLOAK_MACHINE.client_id}`);
  const [client] = found as [{ id: string; attributes?: object; protocolMappers?: object[] }];
  const attributes = { ...client.attributes, "standard.token.exchange.enabled": "true" };
  // Who exchanges a token must be in its audience (standard token exchange, v2).
  const mapper = {
    name: "itself",
    protocol: "openid-connect",
    protocolMapper: "oidc-audience-mapper",
    config: { "included.client.audience": KEYCLOAK_MACHINE.client_id, "access.token.claim": "true" },
  };
  const protocolMappers = [...(client.protocolMappers ?? []), mapper];
  await admin("PUT", `/clients/${client.id}`, { ...client, attributes, protocolMappers });
}
