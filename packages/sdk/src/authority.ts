import type { TokenExchangeResponse, TokenTypeUri } from "@attach-dev/protocol";
import { AttachError, isRefusal } from "./errors.ts";
import type { AttachEvents, Events, RefusedEvent } from "./events.ts";
import { exchangeRequest, processExchangeResponse, type TokenDemand } from "./exchange.ts";
import { type PostOptions, postForm } from "./post-form.ts";
import { processRevokeResponse, revokeRequest } from "./revoke.ts";
import { type HeldToken, type Subject, type Timing, TokenSource } from "./token-source.ts";

export interface AuthorityOptions extends PostOptions {
  readonly subjectTokenType: TokenTypeUri;
  readonly timing: Timing;
  readonly events: Events;
}

/** The gateway's authority as one client uses it: each thing done there is told to the client's listeners. */
export class Authority {
  readonly #options: AuthorityOptions;

  constructor(options: AuthorityOptions) {
    this.#options = options;
  }

  /** A source of tokens for one delegation, which begins at the first use. */
  open(demand: TokenDemand): TokenSource {
    const { timing, events } = this.#options;
    return new TokenSource({
      timing,
      exchange: (subject, delegation) => this.#exchange(demand, subject, delegation),
      onToken: (held, renewed) => events.emit(tokenEvent(demand.agentId, held, renewed)),
    });
  }

  /** @throws AttachError */
  async revoke(agentId: string, { token, claims }: HeldToken): Promise<void> {
    try {
      await postForm(this.#options, "/oauth/revoke", revokeRequest(token, agentId), processRevokeResponse);
    } catch (error) {
      this.refused(agentId, "revocation", error);
      throw error;
    }
    this.#options.events.emit({ type: "revoked", agentId, tokenId: claims.jti, delegation: claims.dlg });
  }

  /** Tells of an error, where it is a refusal. */
  refused(agentId: string, operation: RefusedEvent["operation"], error: unknown): void {
    if (isRefusal(error)) this.#options.events.emit({ type: "refused", agentId, operation, error });
  }

  async #exchange(
    demand: TokenDemand,
    subject: Subject,
    delegation: string | undefined,
  ): Promise<TokenExchangeResponse> {
    const subjectToken = await subject();
    const { subjectTokenType } = this.#options;
    const form = exchangeRequest({ ...demand, subjectToken, subjectTokenType, delegation });
    try {
      return await postForm(this.#options, "/oauth/token", form, (response) =>
        processExchangeResponse(response, demand),
      );
    } catch (error) {
      const renewal = delegation !== undefined;
      const told = renewal && isRefusal(error) ? notRenewed(demand.agentId, error) : error;
      this.refused(demand.agentId, renewal ? "renewal" : "exchange", told);
      throw told;
    }
  }
}

/** Says which of two things was refused: the code alone is the same for a user's dead token and for a delegation's end. */
function notRenewed(agentId: string, error: AttachError): AttachError {
  const { code, message, status, requestId, reason, challenge, retryAfter } = error;
  return new AttachError(code, `the delegation of ${agentId} was not renewed: ${message}`, {
    ...{ status, requestId, reason, challenge, retryAfter },
    cause: error,
  });
}

function tokenEvent(agentId: string, held: HeldToken, renewed: boolean): AttachEvents["issued" | "renewed"] {
  const about = {
    agentId,
    scopes: held.response.scope.split(" "),
    expiresAt: new Date(held.expiresAt),
    tokenId: held.claims.jti,
    delegation: held.claims.dlg,
    session: held.claims.sid,
  };
  return renewed ? { type: "renewed", ...about } : { type: "issued", ...about };
}
