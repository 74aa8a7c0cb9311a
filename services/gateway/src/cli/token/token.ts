import { GRANT_TOKEN_EXCHANGE, TOKEN_TYPE } from "@attach-dev/protocol";
import { systemClock } from "../../core/clock.ts";
import { type Call, EXIT } from "../call.ts";
import { CliError } from "../cli-error.ts";
import { gatewayUrl } from "../login/gateway-url.ts";
import { readGrant, sayRefusal } from "../login/grant.ts";
import { one } from "../login/settings.ts";
import { createSender } from "../send.ts";
import type { ToolFlags } from "../tool.ts";
import { findUserToken, readSecret } from "./user-token.ts";

const DEFAULT_GATEWAY = "http://localhost:8080";

/** `attach-gateway token`: exchanges a user's token for an agent's at a gateway that runs (RFC 8693). */
export async function agentToken(call: Call, flags: ToolFlags): Promise<number> {
  const agent = one(flags, "agent");
  if (agent === undefined) throw new CliError("say for which agent: --agent <id>", { usage: true });
  const gateway = gatewayUrl(one(flags, "gateway") ?? (call.env["ATTACH_GATEWAY_URL"] || DEFAULT_GATEWAY));
  const { send, close } = createSender();
  try {
    const secret = agentSecret(call, flags);
    const subject = await findUserToken(call, flags, { gateway, send });
    const answer = await send(`${gateway}/oauth/token`, {
      form: {
        grant_type: GRANT_TOKEN_EXCHANGE,
        subject_token: subject,
        subject_token_type: TOKEN_TYPE.accessToken,
        client_id: agent,
        ...(secret === undefined ? {} : { client_secret: secret }),
        ...optional("scope", flags["scope"]?.join(" ")),
        ...optional("ttl", one(flags, "ttl")),
        ...optional("resource", one(flags, "resource")),
      },
    });
    if (!answer.ok) throw new CliError(`the gateway at ${gateway} ${answer.reason}`);
    const granted = readGrant(answer.value, systemClock.now());
    if (!("accessToken" in granted)) throw new CliError(`the gateway refused: ${sayRefusal(granted)}`);
    call.say(granted.accessToken);
    const seconds = Math.round((granted.expiresAt - systemClock.now()) / 1000);
    call.tell(`for ${agent}, good for ${seconds} s`);
    return EXIT.ok;
  } finally {
    close();
  }
}

const optional = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value });

/** A registered agent authenticates (S01). Not by a flag: other users of the machine see the command line. */
function agentSecret(call: Call, flags: ToolFlags): string | undefined {
  const file = one(flags, "agent-secret-file");
  if (file !== undefined) return readSecret(call, file, "--agent-secret-file");
  return call.env["ATTACH_AGENT_SECRET"]?.trim() || undefined;
}
