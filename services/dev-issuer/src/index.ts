export { DEV_CLIENT_ID } from "./clients.ts";
export type { DevAlgorithm } from "./keys.ts";
export { type LogIn, type LogInOptions, logIn } from "./log-in.ts";
export { type DevIssuer, type DevIssuerOptions, startDevIssuer } from "./start.ts";
export { DEV_USERS, type DevUser } from "./users.ts";
