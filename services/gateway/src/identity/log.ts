/** Where identity tells the operator what a caller is not told: the shape of a pino logger. Never given a token. */
export interface IdentityLog {
  warn(details: object, message: string): void;
}

export const silentLog: IdentityLog = { warn: () => {} };
