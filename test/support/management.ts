import { existsSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { type Answer, type Fields, startAuthority } from "./authority.ts";

/** An answer of `/attach/v1/*`. */
export interface ManagementAnswer extends Answer {
  /** Of a list of agents. */
  ids(): readonly string[];
}

export interface Asked {
  /** A user's `sub`: their own token goes with it. `root` is admin. */
  readonly as?: string;
  readonly token?: string;
  readonly body?: unknown;
}

/** The whole gateway, with users who manage. */
export interface Management {
  readonly url: string;
  readonly issuer: string;
  readonly gateway: Awaited<ReturnType<typeof startAuthority>>;
  ask(method: string, path: string, asked?: Asked): Promise<ManagementAnswer>;
  /** Registers an agent of alice's. */
  register(id: string, body?: object): Promise<ManagementAnswer>;
  /** An exchange; `subject` is the user's `sub`. */
  exchange(fields?: Fields & { readonly subject?: string }): Promise<Answer>;
  userToken(sub: string): string;
  /** What the audit chain holds of one action, in order. */
  auditRows(action: string): readonly Record<string, unknown>[];
  /** All that stands in the database. */
  storedText(): string;
  close(): Promise<void>;
}

export async function startManagement(env: Readonly<Record<string, string>> = {}): Promise<Management> {
  const gateway = await startAuthority({
    env: { AGENT_REGISTRATION: "open", ...env },
    admins: ["root"],
  });
  const userToken = (sub: string) => gateway.userToken({ sub });

  async function ask(
    method: string,
    path: string,
    { as, token, body }: Asked = {},
  ): Promise<ManagementAnswer> {
    const headers = new Headers();
    const bearer = token ?? (as === undefined ? undefined : userToken(as));
    if (bearer !== undefined) headers.set("authorization", `Bearer ${bearer}`);
    if (body !== undefined) headers.set("content-type", "application/json");
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    const parsed = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
    const ids = () => ((parsed["items"] ?? []) as { id: string }[]).map(({ id }) => id);
    return { status: response.status, headers: response.headers, body: parsed, ids };
  }

  return {
    url: gateway.url,
    issuer: gateway.issuer.issuer,
    gateway,
    ask,
    register: (id, body = {}) => ask("POST", "/attach/v1/agents", { as: "alice", body: { id, ...body } }),
    exchange({ subject = "alice", ...fields } = {}) {
      return gateway.exchange({ subject_token: userToken(subject), ...fields });
    },
    userToken,
    auditRows(action) {
      const db = new DatabaseSync(gateway.database, { readOnly: true });
      const rows = db.prepare("select * from audit_events where action = ? order by seq").all(action);
      db.close();
      return rows;
    },
    storedText() {
      const files = [gateway.database, `${gateway.database}-wal`].filter((file) => existsSync(file));
      return files.map((file) => readFileSync(file, "latin1")).join("");
    },
    close: () => gateway.close(),
  };
}
