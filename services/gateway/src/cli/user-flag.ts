import { isIdentifier } from "../core/owner.ts";
import { CliError } from "./cli-error.ts";
import type { ToolFlags } from "./tool.ts";

/** Whom `--user` names: an issuer and a subject, with a bar between them. @throws CliError */
export function userFlag(flags: ToolFlags): { readonly iss: string; readonly sub: string } {
  const [text = ""] = flags["user"] ?? [];
  const bar = text.indexOf("|");
  const user = { iss: text.slice(0, Math.max(bar, 0)), sub: text.slice(bar + 1) };
  if (isIdentifier(user.iss) && isIdentifier(user.sub)) return user;
  throw new CliError("--user must be an issuer and a subject: 'https://issuer.example|subject'", {
    usage: true,
  });
}
