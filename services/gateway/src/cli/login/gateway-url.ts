import { faultOfOrigin, isLoopbackUrl } from "../../config/address.ts";
import { CliError } from "../cli-error.ts";

/**
 * A gateway's address without a slash at the end. Tokens go there: https, or this machine.
 * @throws CliError
 */
export function gatewayUrl(text: string): string {
  const fault = faultOfOrigin(text);
  if (fault !== undefined) throw new CliError(`the gateway's address ${fault}`, { usage: true });
  const { origin, protocol } = new URL(text);
  if (protocol !== "https:" && !isLoopbackUrl(origin))
    throw new CliError("the gateway's address must be https: a token would cross the network in the clear", {
      usage: true,
    });
  return origin;
}
