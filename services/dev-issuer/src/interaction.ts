import type { IncomingMessage, ServerResponse } from "node:http";
import type { Provider } from "oidc-provider";
import { errorPage, signInPage } from "./pages.ts";
import { type DevUser, findUser } from "./users.ts";

/** Path under which a person chooses who they are. */
export const INTERACTION_PREFIX = "/interaction/";

/** Largest form taken, in bytes: it holds one short field. */
const MAX_FORM = 4096;

type InteractionDetails = Awaited<ReturnType<Provider["interactionDetails"]>>;

/**
 * Login and consent as one page: the person clicks their name, and what the client asked for is granted. The interaction's id
 * is unguessable and bound to a SameSite cookie, so another site cannot post here.
 */
export async function interact(
  provider: Provider,
  users: readonly DevUser[],
  http: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  const { request, response } = http;
  let details: InteractionDetails;
  try {
    details = await provider.interactionDetails(request, response);
  } catch {
    return html(
      response,
      400,
      errorPage("expired", "This sign-in has ended. Start again from your application."),
    );
  }
  if (request.method === "GET" || request.method === "HEAD") {
    return html(response, 200, await show(provider, users, details));
  }
  if (request.method !== "POST") return html(response, 405, errorPage("method_not_allowed", undefined));
  const form = await readForm(request);
  if (form === undefined) return html(response, 413, errorPage("too_large", undefined));
  if (form.get("cancel") !== null) {
    const denied = { error: "access_denied", error_description: "the user cancelled" };
    return provider.interactionFinished(request, response, denied, { mergeWithLastSubmission: false });
  }
  const user = findUser(users, form.get("user") ?? "");
  if (user === undefined) return html(response, 400, errorPage("unknown_user", undefined));
  const grantId = await grant(provider, user, details);
  return provider.interactionFinished(request, response, {
    login: { accountId: user.id },
    consent: { grantId },
  });
}

async function show(provider: Provider, users: readonly DevUser[], details: InteractionDetails) {
  const client = await provider.Client.find(String(details.params["client_id"]));
  return signInPage({
    action: `${INTERACTION_PREFIX}${details.uid}`,
    client: client?.clientName ?? client?.clientId ?? "An application",
    scopes: words(details.params["scope"]),
    resources: resources(details),
    users,
    current: details.session?.accountId,
  });
}

/** Grants what was asked for, no less: what a token may do is the gateway's to narrow. */
async function grant(provider: Provider, user: DevUser, details: InteractionDetails): Promise<string> {
  const granted = new provider.Grant({
    accountId: user.id,
    clientId: String(details.params["client_id"]),
  });
  const scope = words(details.params["scope"]).join(" ");
  granted.addOIDCScope(scope);
  for (const resource of resources(details)) granted.addResourceScope(resource, scope);
  return granted.save();
}

function words(scope: unknown): readonly string[] {
  return typeof scope === "string" ? scope.split(" ").filter((word) => word !== "") : [];
}

function resources(details: InteractionDetails): readonly string[] {
  const named = details.params["resource"];
  if (Array.isArray(named)) return named.map(String);
  return typeof named === "string" ? [named] : [];
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    // Read to the end all the same: leaving the loop would cut the connection before the answer.
    if (size <= MAX_FORM) chunks.push(chunk as Buffer);
  }
  if (size > MAX_FORM) return undefined;
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

function html(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
  response.end(body);
}
