import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a provider's endpoint answers: a status and a JSON body. */
export type Scripted = readonly [status: number, body: unknown];

export interface DeviceProvider {
  readonly issuer: string;
  /** Every form that came to an endpoint, oldest first, and when, in milliseconds. */
  readonly forms: readonly { readonly path: string; readonly form: URLSearchParams; readonly at: number }[];
  /** What the token endpoint says next; the last one stays. */
  say(...answers: readonly Scripted[]): void;
  close(): Promise<void>;
}

const JSON_TYPE = { "content-type": "application/json" };

/** A provider of the tests' own, whose every answer can be chosen: what the dev issuer does not do. */
export async function startDeviceProvider(
  options: {
    readonly metadata?: Readonly<Record<string, unknown>>;
    readonly device?: Readonly<Record<string, unknown>> | Scripted;
  } = {},
): Promise<DeviceProvider> {
  const forms: { path: string; form: URLSearchParams; at: number }[] = [];
  let answers: Scripted[] = [[400, { error: "authorization_pending" }]];
  const server = createServer(async (request, response) => {
    const { issuer } = provider;
    const send = ([status, body]: Scripted) =>
      response.writeHead(status, JSON_TYPE).end(JSON.stringify(body));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? "";
    if (path === "/.well-known/openid-configuration") {
      return send([
        200,
        {
          issuer,
          device_authorization_endpoint: `${issuer}/device`,
          token_endpoint: `${issuer}/token`,
          code_challenge_methods_supported: ["S256"],
          ...options.metadata,
        },
      ]);
    }
    forms.push({ path, form: new URLSearchParams(Buffer.concat(chunks).toString()), at: performance.now() });
    if (path === "/device") {
      const { device } = options;
      if (Array.isArray(device)) return send(device as unknown as Scripted);
      return send([
        200,
        {
          device_code: "the-device-code",
          user_code: "WDJB-MJHT",
          verification_uri: `${issuer}/go`,
          expires_in: 30,
          interval: 1,
          ...device,
        },
      ]);
    }
    return send((answers.length > 1 ? answers.shift() : answers[0]) ?? [500, {}]);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const provider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forms,
    say: (...next: readonly Scripted[]) => {
      answers = [...next];
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return provider;
}
