// Generated out of docs/openapi.json: pnpm generate

export interface paths {
    readonly "/.well-known/jwks.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The keys that tokens are signed with */
        readonly get: operations["jwks"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/.well-known/oauth-authorization-server": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** RFC 8414 metadata */
        readonly get: operations["authorizationServer"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/.well-known/oauth-protected-resource": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** RFC 9728 metadata */
        readonly get: operations["protectedResource"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/.well-known/openid-configuration": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The same, for clients that look only here */
        readonly get: operations["openidConfiguration"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/a2a/tasks/{id}/cancel": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** End a task */
        readonly post: operations["cancelTask"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/a2a/tasks/{id}/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Each state of a task as it comes (SSE) */
        readonly get: operations["followTask"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/a2a/tasks/send": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Hand a task over: to the engine, a registered agent or a workflow */
        readonly post: operations["sendTask"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/a2a/tasks/status/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** How a task is */
        readonly get: operations["taskStatus"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/attach/v1/agents": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Registered agents: one's own, or all for admin */
        readonly get: operations["listAgents"];
        readonly put?: never;
        /** Register an agent */
        readonly post: operations["createAgent"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/attach/v1/agents/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One agent */
        readonly get: operations["getAgent"];
        readonly put?: never;
        readonly post?: never;
        /** Remove an agent and kill its live tokens */
        readonly delete: operations["removeAgent"];
        readonly options?: never;
        readonly head?: never;
        /** Change an agent; suspending it kills its live tokens */
        readonly patch: operations["updateAgent"];
        readonly trace?: never;
    };
    readonly "/attach/v1/audit": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The audit trail, oldest first: one's own rows, or all with audit:read */
        readonly get: operations["readAudit"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/attach/v1/grants": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What users have allowed agents: one's own, or all for admin */
        readonly get: operations["listGrants"];
        readonly put?: never;
        /** Allow an agent; takes the place of what it was allowed before */
        readonly post: operations["createGrant"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/attach/v1/grants/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /** Take a grant back */
        readonly delete: operations["revokeGrant"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/attach/v1/memory": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What is remembered: newest first, or by words */
        readonly get: operations["listMemory"];
        readonly put?: never;
        /** Write a note; readable at once */
        readonly post: operations["writeMemory"];
        /** Forget everything of one's own; recorded in the audit trail */
        readonly delete: operations["eraseMemory"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/attach/v1/memory/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One event */
        readonly get: operations["getMemory"];
        readonly put?: never;
        readonly post?: never;
        /** Forget one event */
        readonly delete: operations["deleteMemory"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/attach/v1/memory/export": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Everything, a line of JSON each */
        readonly get: operations["exportMemory"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/attach/v1/openapi.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** This document */
        readonly get: operations["openapi"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/attach/v1/revocations": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Kill a token, delegation, tree, session, agent or user, with everything below it */
        readonly post: operations["revoke"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/attach/v1/tokens": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Issued tokens, newest first: one's own, or all for admin */
        readonly get: operations["listTokens"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/attach/v1/usage": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Calls and tokens by agent, user or model: one's own, or everybody's with admin
         * @description The last 30 days by model, unless something else is asked for. Calls that no model answered are not in it.
         */
        readonly get: operations["readUsage"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/auth/config": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What a page needs to start a log-in */
        readonly get: operations["authConfig"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/healthz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Is the process alive? */
        readonly get: operations["healthz"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/mem/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What is remembered, newest first */
        readonly get: operations["listEvents"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What is counted, for Prometheus
         * @description With METRICS_TOKEN for its bearer, else for this machine alone.
         */
        readonly get: operations["metrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/oauth/introspect": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** What a token says that is addressed to the caller (RFC 7662, RFC 9701) */
        readonly post: operations["introspect"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/oauth/revoke": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Gives a token back: kills its delegation and everything below it (RFC 7009) */
        readonly post: operations["revokeToken"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/oauth/token": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** A token for an agent (RFC 8693), or for a service account */
        readonly post: operations["token"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/readyz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Can it do its work? */
        readonly get: operations["readyz"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/logs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Keep a line of a log */
        readonly post: operations["writeLog"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly OAuthError: {
            readonly error: string;
            readonly error_description?: string;
            readonly error_uri?: string;
        };
        readonly Problem: {
            readonly code: string;
            readonly detail: string;
            readonly requestId: string;
            readonly status: number;
            readonly title: string;
            readonly type: string;
        };
    };
    responses: {
        /** @description What went wrong, by the names of RFC 6749. */
        readonly OAuthError: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["OAuthError"];
            };
        };
        /** @description What went wrong (RFC 9457), by a stable code. */
        readonly Problem: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly jwks: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The document. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": Record<string, never>;
                };
            };
        };
    };
    readonly authorizationServer: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The document. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": Record<string, never>;
                };
            };
        };
    };
    readonly protectedResource: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The document. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": Record<string, never>;
                };
            };
        };
    };
    readonly openidConfiguration: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The document. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": Record<string, never>;
                };
            };
        };
    };
    readonly cancelTask: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** Format: date-time */
                        readonly created: string;
                        /** @description What came of it; null until it has ended. */
                        readonly result: unknown;
                        /** @enum {string} */
                        readonly state: "queued" | "in_progress" | "done" | "error";
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly followTask: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly sendTask: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** @enum {string} */
                        readonly state: "queued" | "in_progress" | "done" | "error";
                        readonly task_id: string;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly taskStatus: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** Format: date-time */
                        readonly created: string;
                        /** @description What came of it; null until it has ended. */
                        readonly result: unknown;
                        /** @enum {string} */
                        readonly state: "queued" | "in_progress" | "done" | "error";
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly listAgents: {
        readonly parameters: {
            readonly query?: {
                readonly cursor?: string;
                readonly limit?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly {
                            readonly audiences: readonly string[];
                            /** @enum {string} */
                            readonly auth: "client_secret_basic" | "client_secret_post" | "private_key_jwt";
                            /** Format: date-time */
                            readonly createdAt: string;
                            readonly depth: number | null;
                            readonly endpoint?: {
                                /** @enum {string} */
                                readonly protocol: "a2a" | "http";
                                /** @description What tokens for it name as their audience. */
                                readonly resource: string;
                                readonly url: string;
                            };
                            /** @description Its client_id, act.sub and place under /a2a/agents. */
                            readonly id: string;
                            /** @description May it introspect tokens addressed to it? Set by admin only. */
                            readonly introspect: boolean;
                            readonly jwks?: {
                                readonly keys: readonly {
                                    readonly [key: string]: unknown;
                                }[];
                            };
                            readonly mayDelegateTo: readonly string[] | null;
                            readonly name: string;
                            readonly owner: {
                                readonly iss: string;
                                readonly sub: string;
                            };
                            /** @description Ceiling; null: whatever the user may. */
                            readonly scopes: readonly string[] | null;
                            /**
                             * @description It stands in the configuration, and is changed there alone.
                             * @constant
                             */
                            readonly source?: "config";
                            /** @enum {string} */
                            readonly status: "active" | "suspended";
                            /** @description Longest life of its tokens, in seconds. */
                            readonly ttl: number | null;
                            /** Format: date-time */
                            readonly updatedAt: string;
                        }[];
                        readonly next: string | null;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly createAgent: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly audiences?: readonly string[];
                    /** @enum {string} */
                    readonly auth?: "client_secret_basic" | "client_secret_post" | "private_key_jwt";
                    readonly depth?: number | null;
                    readonly endpoint?: {
                        /** @enum {string} */
                        readonly protocol: "a2a" | "http";
                        /** @description What tokens for it name as their audience. */
                        readonly resource: string;
                        readonly url: string;
                    } | null;
                    /** @description Its client_id, act.sub and place under /a2a/agents. */
                    readonly id?: string;
                    /** @description May it introspect tokens addressed to it? Set by admin only. */
                    readonly introspect?: boolean;
                    readonly jwks?: {
                        readonly keys: readonly {
                            readonly [key: string]: unknown;
                        }[];
                    };
                    readonly mayDelegateTo?: readonly string[] | null;
                    readonly name?: string;
                    readonly owner?: {
                        readonly iss: string;
                        readonly sub: string;
                    };
                    /** @description Ceiling; null: whatever the user may. */
                    readonly scopes?: readonly string[] | null;
                    /** @enum {string} */
                    readonly status?: "active" | "suspended";
                    /** @description Longest life of its tokens, in seconds. */
                    readonly ttl?: number | null;
                };
            };
        };
        readonly responses: {
            /** @description The answer. */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly audiences: readonly string[];
                        /** @enum {string} */
                        readonly auth: "client_secret_basic" | "client_secret_post" | "private_key_jwt";
                        /** Format: date-time */
                        readonly createdAt: string;
                        readonly depth: number | null;
                        readonly endpoint?: {
                            /** @enum {string} */
                            readonly protocol: "a2a" | "http";
                            /** @description What tokens for it name as their audience. */
                            readonly resource: string;
                            readonly url: string;
                        };
                        /** @description Its client_id, act.sub and place under /a2a/agents. */
                        readonly id: string;
                        /** @description May it introspect tokens addressed to it? Set by admin only. */
                        readonly introspect: boolean;
                        readonly jwks?: {
                            readonly keys: readonly {
                                readonly [key: string]: unknown;
                            }[];
                        };
                        readonly mayDelegateTo: readonly string[] | null;
                        readonly name: string;
                        readonly owner: {
                            readonly iss: string;
                            readonly sub: string;
                        };
                        /** @description Ceiling; null: whatever the user may. */
                        readonly scopes: readonly string[] | null;
                        /** @description Shown this once. */
                        readonly secret?: string;
                        /**
                         * @description It stands in the configuration, and is changed there alone.
                         * @constant
                         */
                        readonly source?: "config";
                        /** @enum {string} */
                        readonly status: "active" | "suspended";
                        /** @description Longest life of its tokens, in seconds. */
                        readonly ttl: number | null;
                        /** Format: date-time */
                        readonly updatedAt: string;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly getAgent: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly audiences: readonly string[];
                        /** @enum {string} */
                        readonly auth: "client_secret_basic" | "client_secret_post" | "private_key_jwt";
                        /** Format: date-time */
                        readonly createdAt: string;
                        readonly depth: number | null;
                        readonly endpoint?: {
                            /** @enum {string} */
                            readonly protocol: "a2a" | "http";
                            /** @description What tokens for it name as their audience. */
                            readonly resource: string;
                            readonly url: string;
                        };
                        /** @description Its client_id, act.sub and place under /a2a/agents. */
                        readonly id: string;
                        /** @description May it introspect tokens addressed to it? Set by admin only. */
                        readonly introspect: boolean;
                        readonly jwks?: {
                            readonly keys: readonly {
                                readonly [key: string]: unknown;
                            }[];
                        };
                        readonly mayDelegateTo: readonly string[] | null;
                        readonly name: string;
                        readonly owner: {
                            readonly iss: string;
                            readonly sub: string;
                        };
                        /** @description Ceiling; null: whatever the user may. */
                        readonly scopes: readonly string[] | null;
                        /**
                         * @description It stands in the configuration, and is changed there alone.
                         * @constant
                         */
                        readonly source?: "config";
                        /** @enum {string} */
                        readonly status: "active" | "suspended";
                        /** @description Longest life of its tokens, in seconds. */
                        readonly ttl: number | null;
                        /** Format: date-time */
                        readonly updatedAt: string;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly removeAgent: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description No body. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly updateAgent: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly audiences?: readonly string[];
                    /** @enum {string} */
                    readonly auth?: "client_secret_basic" | "client_secret_post" | "private_key_jwt";
                    readonly depth?: number | null;
                    readonly endpoint?: {
                        /** @enum {string} */
                        readonly protocol: "a2a" | "http";
                        /** @description What tokens for it name as their audience. */
                        readonly resource: string;
                        readonly url: string;
                    } | null;
                    /** @description May it introspect tokens addressed to it? Set by admin only. */
                    readonly introspect?: boolean;
                    readonly jwks?: {
                        readonly keys: readonly {
                            readonly [key: string]: unknown;
                        }[];
                    };
                    readonly mayDelegateTo?: readonly string[] | null;
                    readonly name?: string;
                    readonly owner?: {
                        readonly iss: string;
                        readonly sub: string;
                    };
                    /**
                     * @description Makes a new secret; the old one ends at once.
                     * @constant
                     */
                    readonly rotateSecret?: true;
                    /** @description Ceiling; null: whatever the user may. */
                    readonly scopes?: readonly string[] | null;
                    /** @enum {string} */
                    readonly status?: "active" | "suspended";
                    /** @description Longest life of its tokens, in seconds. */
                    readonly ttl?: number | null;
                };
            };
        };
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly audiences: readonly string[];
                        /** @enum {string} */
                        readonly auth: "client_secret_basic" | "client_secret_post" | "private_key_jwt";
                        /** Format: date-time */
                        readonly createdAt: string;
                        readonly depth: number | null;
                        readonly endpoint?: {
                            /** @enum {string} */
                            readonly protocol: "a2a" | "http";
                            /** @description What tokens for it name as their audience. */
                            readonly resource: string;
                            readonly url: string;
                        };
                        /** @description Its client_id, act.sub and place under /a2a/agents. */
                        readonly id: string;
                        /** @description May it introspect tokens addressed to it? Set by admin only. */
                        readonly introspect: boolean;
                        readonly jwks?: {
                            readonly keys: readonly {
                                readonly [key: string]: unknown;
                            }[];
                        };
                        readonly mayDelegateTo: readonly string[] | null;
                        readonly name: string;
                        readonly owner: {
                            readonly iss: string;
                            readonly sub: string;
                        };
                        /** @description Ceiling; null: whatever the user may. */
                        readonly scopes: readonly string[] | null;
                        /** @description Shown this once. */
                        readonly secret?: string;
                        /**
                         * @description It stands in the configuration, and is changed there alone.
                         * @constant
                         */
                        readonly source?: "config";
                        /** @enum {string} */
                        readonly status: "active" | "suspended";
                        /** @description Longest life of its tokens, in seconds. */
                        readonly ttl: number | null;
                        /** Format: date-time */
                        readonly updatedAt: string;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly readAudit: {
        readonly parameters: {
            readonly query?: {
                readonly action?: "token.issue" | "token.renew" | "token.refuse" | "token.revoke" | "revocation.create" | "agent.create" | "agent.update" | "agent.delete" | "grant.create" | "grant.revoke" | "key.create" | "key.rotate" | "policy.change" | "request.allow" | "request.deny" | "memory.erase" | "memory.gap" | "audit.gap" | "audit.erase";
                readonly agent?: string;
                readonly cursor?: string;
                readonly limit?: string;
                readonly root?: string;
                readonly since?: string;
                readonly until?: string;
                readonly user?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly {
                            /** @enum {string} */
                            readonly action: "token.issue" | "token.renew" | "token.refuse" | "token.revoke" | "revocation.create" | "agent.create" | "agent.update" | "agent.delete" | "grant.create" | "grant.revoke" | "key.create" | "key.rotate" | "policy.change" | "request.allow" | "request.deny" | "memory.erase" | "memory.gap" | "audit.gap" | "audit.erase";
                            /** @description Agents, the one that acted first. */
                            readonly chain: readonly string[];
                            readonly commitment: string | null;
                            /** @enum {string} */
                            readonly decision: "allow" | "deny";
                            readonly hash: string;
                            readonly jti: string | null;
                            readonly policy: string | null;
                            readonly prev: string;
                            readonly reason: string | null;
                            readonly requestId: string | null;
                            readonly resource: string | null;
                            readonly root: string | null;
                            readonly salt: string | null;
                            readonly seq: number;
                            readonly sid: string | null;
                            /** Format: date-time */
                            readonly time: string;
                            readonly user: {
                                readonly iss: string;
                                readonly sub: string;
                            } | null;
                            /** @description Version of what the hash covers. */
                            readonly v: number;
                        }[];
                        readonly next: string | null;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly listGrants: {
        readonly parameters: {
            readonly query?: {
                readonly cursor?: string;
                readonly limit?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly {
                            readonly agent: string;
                            /** Format: date-time */
                            readonly createdAt: string;
                            /** Format: date-time */
                            readonly expiresAt?: string;
                            readonly id: string;
                            /**
                             * @description What of the user's memory the agent may see: what it wrote itself, its whole workflow too, or all. Without it: MEM_REACH.
                             * @enum {string}
                             */
                            readonly memory?: "own" | "session" | "user";
                            readonly owner: {
                                readonly iss: string;
                                readonly sub: string;
                            };
                            /** Format: date-time */
                            readonly revokedAt?: string;
                            readonly scopes: readonly string[];
                        }[];
                        readonly next: string | null;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly createGrant: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @description Its client_id, act.sub and place under /a2a/agents. */
                    readonly agent: string;
                    /** @description Seconds; without it the grant stands until taken back. */
                    readonly expiresIn?: number;
                    /**
                     * @description What of the user's memory the agent may see: what it wrote itself, its whole workflow too, or all. Without it: MEM_REACH.
                     * @enum {string}
                     */
                    readonly memory?: "own" | "session" | "user";
                    readonly scopes: readonly string[];
                };
            };
        };
        readonly responses: {
            /** @description The answer. */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly agent: string;
                        /** Format: date-time */
                        readonly createdAt: string;
                        /** Format: date-time */
                        readonly expiresAt?: string;
                        readonly id: string;
                        /**
                         * @description What of the user's memory the agent may see: what it wrote itself, its whole workflow too, or all. Without it: MEM_REACH.
                         * @enum {string}
                         */
                        readonly memory?: "own" | "session" | "user";
                        readonly owner: {
                            readonly iss: string;
                            readonly sub: string;
                        };
                        /** Format: date-time */
                        readonly revokedAt?: string;
                        readonly scopes: readonly string[];
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly revokeGrant: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description No body. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly listMemory: {
        readonly parameters: {
            readonly query?: {
                readonly cursor?: string;
                readonly limit?: string;
                readonly q?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly {
                            readonly agent: string | null;
                            readonly bodyHash: string | null;
                            /** @description Agents, the one that acted first. */
                            readonly chain: readonly string[];
                            /** Format: date-time */
                            readonly created: string;
                            readonly id: string;
                            readonly kind: string;
                            readonly meta: {
                                readonly [key: string]: unknown;
                            } | null;
                            readonly model: string | null;
                            readonly requestId: string | null;
                            readonly root: string | null;
                            readonly session: string | null;
                            /**
                             * @description `mirror`: seen by the gateway itself.
                             * @enum {string}
                             */
                            readonly source: "mirror" | "api";
                            readonly task: string | null;
                            readonly text: string;
                            readonly usage: {
                                readonly inputTokens: number | null;
                                readonly outputTokens: number | null;
                            } | null;
                        }[];
                        readonly next: string | null;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly writeMemory: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @description `note` unless it says something else; `prompt` and `answer` are the gateway's own. */
                    readonly kind?: string;
                    /** @description Anything of the writer's, 16 KiB of JSON at most. */
                    readonly meta?: {
                        readonly [key: string]: unknown;
                    };
                    readonly task?: string;
                    readonly text: string;
                };
            };
        };
        readonly responses: {
            /** @description The answer. */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** Format: date-time */
                        readonly created: string;
                        /** @description The `mem_id`. */
                        readonly id: string;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly eraseMemory: {
        readonly parameters: {
            readonly query: {
                readonly all: "true";
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** @description How many events there were. */
                        readonly erased: number;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly getMemory: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly agent: string | null;
                        readonly bodyHash: string | null;
                        /** @description Agents, the one that acted first. */
                        readonly chain: readonly string[];
                        /** Format: date-time */
                        readonly created: string;
                        readonly id: string;
                        readonly kind: string;
                        readonly meta: {
                            readonly [key: string]: unknown;
                        } | null;
                        readonly model: string | null;
                        readonly requestId: string | null;
                        readonly root: string | null;
                        readonly session: string | null;
                        /**
                         * @description `mirror`: seen by the gateway itself.
                         * @enum {string}
                         */
                        readonly source: "mirror" | "api";
                        readonly task: string | null;
                        readonly text: string;
                        readonly usage: {
                            readonly inputTokens: number | null;
                            readonly outputTokens: number | null;
                        } | null;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly deleteMemory: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description No body. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly exportMemory: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description JSON lines (application/x-ndjson). */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": string;
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly openapi: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OpenAPI 3.1. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": Record<string, never>;
                };
            };
        };
    };
    readonly revoke: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly agent?: string;
                    readonly dlg?: string;
                    readonly jti?: string;
                    readonly root?: string;
                    readonly sid?: string;
                    readonly user?: {
                        readonly iss: string;
                        readonly sub: string;
                    };
                };
            };
        };
        readonly responses: {
            /** @description The answer. */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** Format: date-time */
                        readonly at: string;
                        /**
                         * @description What was written: a token and a root die by their delegation.
                         * @enum {string}
                         */
                        readonly kind: "jti" | "dlg" | "sid" | "agent" | "user";
                        /** @description It was dead already. */
                        readonly repeated: boolean;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly listTokens: {
        readonly parameters: {
            readonly query?: {
                readonly cursor?: string;
                readonly limit?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly {
                            readonly agent: string;
                            readonly dlg: string;
                            /** Format: date-time */
                            readonly exp: string;
                            /** Format: date-time */
                            readonly iat: string;
                            readonly jti: string;
                            /** @description The delegation above; null at depth 1. */
                            readonly parent: string | null;
                            /** Format: date-time */
                            readonly revokedAt?: string;
                            readonly root: string;
                            readonly scopes: readonly string[];
                            readonly sid: string;
                        }[];
                        readonly next: string | null;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly readUsage: {
        readonly parameters: {
            readonly query?: {
                readonly by?: "agent" | "user" | "model";
                readonly cursor?: string;
                readonly from?: string;
                readonly limit?: string;
                readonly to?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly {
                            readonly agent?: string | null;
                            /** @description Of the total, the tokens of calls whose engine did not say. */
                            readonly estimatedTokens: number;
                            readonly inputTokens: number;
                            readonly model?: string | null;
                            readonly outputTokens: number;
                            readonly requests: number;
                            readonly totalTokens: number;
                            readonly user?: {
                                readonly iss: string;
                                readonly sub: string;
                            };
                        }[];
                        readonly next: string | null;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly authConfig: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The identity provider. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly audience: string;
                        readonly client_id: string | null;
                        readonly domain: string;
                        readonly issuer: string;
                    };
                };
            };
        };
    };
    readonly healthz: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It is. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly status: string;
                    };
                };
            };
        };
    };
    readonly listEvents: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The answer. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: readonly {
                            readonly agent: string | null;
                            readonly bodyHash: string | null;
                            /** @description Agents, the one that acted first. */
                            readonly chain: readonly string[];
                            /** Format: date-time */
                            readonly created: string;
                            readonly id: string;
                            readonly kind: string;
                            readonly meta: {
                                readonly [key: string]: unknown;
                            } | null;
                            readonly model: string | null;
                            readonly requestId: string | null;
                            readonly root: string | null;
                            readonly session: string | null;
                            /**
                             * @description `mirror`: seen by the gateway itself.
                             * @enum {string}
                             */
                            readonly source: "mirror" | "api";
                            readonly task: string | null;
                            readonly text: string;
                            /** Format: date-time */
                            readonly timestamp: string;
                            readonly usage: {
                                readonly inputTokens: number | null;
                                readonly outputTokens: number | null;
                            } | null;
                            readonly user: string;
                        }[];
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly metrics: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Prometheus's text format. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            readonly 401: components["responses"]["Problem"];
            readonly 403: components["responses"]["Problem"];
        };
    };
    readonly introspect: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/x-www-form-urlencoded": {
                    readonly client_assertion?: string;
                    readonly client_assertion_type?: string;
                    readonly client_id?: string;
                    readonly client_secret?: string;
                    readonly token: string;
                    readonly token_type_hint?: string;
                };
            };
        };
        readonly responses: {
            /** @description Its claims, or `active: false` alone. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** @description The current actor; nested, those before it (RFC 8693 §4.1). */
                        readonly act?: {
                            readonly [key: string]: unknown;
                        };
                        readonly active: boolean;
                        readonly agent_auth?: string;
                        readonly anc?: readonly string[];
                        readonly aud?: string;
                        readonly client_id?: string;
                        readonly cnf?: {
                            readonly jkt: string;
                        };
                        readonly dlg?: string;
                        readonly exp?: number;
                        readonly iat?: number;
                        readonly iss?: string;
                        readonly jti?: string;
                        readonly root?: string;
                        readonly scope?: string;
                        readonly sid?: string;
                        readonly sub?: string;
                        readonly sub_id?: {
                            readonly format: string;
                            readonly iss: string;
                            readonly sub: string;
                        };
                        /** @enum {string} */
                        readonly token_type?: "Bearer" | "DPoP";
                    };
                    readonly "application/token-introspection+jwt": string;
                };
            };
            readonly default: components["responses"]["OAuthError"];
        };
    };
    readonly revokeToken: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/x-www-form-urlencoded": {
                    readonly client_assertion?: string;
                    readonly client_assertion_type?: string;
                    readonly client_id?: string;
                    readonly client_secret?: string;
                    readonly token: string;
                    readonly token_type_hint?: string;
                };
            };
        };
        readonly responses: {
            /** @description It is dead, or was none of ours. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly default: components["responses"]["OAuthError"];
        };
    };
    readonly token: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description RFC 9449. */
                readonly DPoP?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/x-www-form-urlencoded": {
                    readonly actor_token?: string;
                    readonly actor_token_type?: string;
                    readonly audience?: readonly string[];
                    readonly client_assertion?: string;
                    readonly client_assertion_type?: string;
                    readonly client_id?: string;
                    readonly client_secret?: string;
                    /** @description The delegation to renew. */
                    readonly delegation?: string;
                    /** @description The key of `requested_actor` that its token is bound to (RFC 7638). */
                    readonly dpop_jkt?: string;
                    /** @enum {string} */
                    readonly grant_type: "urn:ietf:params:oauth:grant-type:token-exchange" | "client_credentials";
                    /** @description The agent that is to act, named by the one that delegates. */
                    readonly requested_actor?: string;
                    readonly requested_token_type?: string;
                    readonly resource?: readonly string[];
                    readonly scope?: string;
                    readonly subject_token?: string;
                    /** @enum {string} */
                    readonly subject_token_type?: "urn:ietf:params:oauth:token-type:access_token" | "urn:ietf:params:oauth:token-type:id_token" | "urn:ietf:params:oauth:token-type:jwt";
                    /** @description Seconds. */
                    readonly ttl?: string;
                };
            };
        };
        readonly responses: {
            /** @description The token (RFC 8693 §2.2.1). */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly access_token: string;
                        readonly expires_in: number;
                        readonly issued_token_type?: string;
                        readonly scope: string;
                        /** @enum {string} */
                        readonly token_type: "Bearer" | "DPoP";
                    };
                };
            };
            readonly default: components["responses"]["OAuthError"];
        };
    };
    readonly readyz: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Yes, or somewhat. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly checks: {
                            readonly [key: string]: "ok" | "degraded" | "unavailable";
                        };
                        /** @enum {string} */
                        readonly status: "ok" | "degraded" | "unavailable";
                    };
                };
            };
            /** @description No. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly checks: {
                            readonly [key: string]: "ok" | "degraded" | "unavailable";
                        };
                        /** @enum {string} */
                        readonly status: "ok" | "degraded" | "unavailable";
                    };
                };
            };
        };
    };
    readonly writeLog: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly [key: string]: unknown;
                };
            };
        };
        readonly responses: {
            /** @description The answer. */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly id: string;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
}
