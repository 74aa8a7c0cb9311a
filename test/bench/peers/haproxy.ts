import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../support/free-port.ts";
import { until } from "../engine.ts";
import { GATEWAY_CORE, installed, spawnPinned } from "../pinned.ts";
import { type Peer, running } from "./peer.ts";

/** The bar: an RSA verification for every request, in C, and the subject stamped. It remembers and revokes nothing. */
export const haproxy: Peer = {
  id: "haproxy",
  name: "HAProxy jwt_verify",
  does: "RS256 verified on each request, issuer and audience compared, subject stamped",
  isInstalled: () => installed("haproxy"),
  async start({ engine, folder, publicKey, issuer, audience }) {
    const port = await freePort();
    const key = join(folder, "issuer.pem");
    const file = join(folder, "haproxy.cfg");
    writeFileSync(key, publicKey);
    writeFileSync(
      file,
      `global
  nbthread 1
  maxconn 4000
  tune.bufsize 32768
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  http-request set-var(txn.token) http_auth_bearer
  http-request deny deny_status 401 unless { var(txn.token),jwt_header_query('$.alg') -m str RS256 }
  http-request deny deny_status 401 unless { var(txn.token),jwt_payload_query('$.iss') -m str ${issuer} }
  http-request deny deny_status 401 unless { var(txn.token),jwt_payload_query('$.aud') -m str ${audience} }
  http-request deny deny_status 401 unless { var(txn.token),jwt_verify("RS256","${key}") 1 }
  http-request set-header X-Attach-User %[var(txn.token),jwt_payload_query('$.sub')]
  http-request del-header Authorization
  default_backend engine
backend engine
  server engine ${new URL(engine).host}
`,
    );
    const child = spawnPinned(GATEWAY_CORE, ["haproxy", "-db", "-q", "-f", file]);
    const url = `http://127.0.0.1:${port}`;
    await until(() => fetch(url, { method: "HEAD" }));
    return running(url, child);
  },
};
