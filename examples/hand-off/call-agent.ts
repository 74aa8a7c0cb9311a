import { SendMessageRequest } from "@a2a-js/sdk";
import { ClientFactory, JsonRpcTransportFactory } from "@a2a-js/sdk/client";

/** One message to an agent behind the gateway, by a2a-js's own client. @returns the data of its answer */
export async function callAgent(
  address: string,
  part: { readonly text: string } | { readonly data: object },
  fetchImpl: typeof fetch,
): Promise<unknown> {
  const factory = new ClientFactory({ transports: [new JsonRpcTransportFactory({ fetchImpl })] });
  const client = await factory.createFromUrl(`${address}/`);
  const message = { messageId: crypto.randomUUID(), role: "ROLE_USER", parts: [part] };
  const answer = await client.sendMessage(SendMessageRequest.fromJSON({ message }));
  const [content] = "parts" in answer ? answer.parts.map((one) => one.content) : [];
  if (content?.$case !== "data") throw new Error("the agent answered without data");
  return content.value;
}
