import { namedSettings } from "../config/load.ts";
import { type Call, EXIT } from "./call.ts";
import { type Flags, readCommandLine } from "./command-line.ts";
import { runTool } from "./run-tool.ts";
import { serve } from "./serve.ts";
import { USAGE } from "./usage.ts";
import { VERSION } from "./version.ts";

/** The program: what the command line asks for. Resolves to the exit code. */
export async function run(call: Call): Promise<number> {
  const line = readCommandLine(call.argv);
  if (!line.ok) {
    call.tell(`attach-gateway: ${line.reason}. See attach-gateway --help`);
    return EXIT.configuration;
  }
  switch (line.value.kind) {
    case "help":
      call.say(USAGE);
      return EXIT.ok;
    case "version":
      call.say(VERSION);
      return EXIT.ok;
    case "tool":
      return runTool(call, line.value);
    case "run": {
      const { command, flags } = line.value;
      if (command === "serve" || (command === undefined && hasIssuer(call, flags))) return serve(call, flags);
      if (command === undefined) call.tell(NO_ISSUER);
      const { dev } = await import("./dev.ts");
      return dev(call, flags);
    }
  }
}

const NO_ISSUER = `
  *** No identity provider is configured (OIDC_ISSUER): this is \`attach-gateway dev\`. ***
  *** Its own provider logs anybody in without a password. For real users set OIDC_ISSUER. ***
`;

/** Is an issuer named at all, right or wrong? A typing error must not turn a gateway into one that logs anybody in. */
function hasIssuer({ env, cwd }: Call, flags: Flags): boolean {
  const named = namedSettings({ flags, env, cwd });
  if (named.broken || named.has("issuers.0.issuer") || named.has("auth0.domain")) return true;
  return named.has("issuers") && !named.has("issuers.0");
}
