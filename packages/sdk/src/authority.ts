import { TOKEN_TYPE, type TokenExchangeResponse, type TokenTypeUri } from "@attach-dev/protocol";
import { type AgentCredential, authenticate } from "./credential.ts";
import { AttachError, isRefusal } from "./errors.ts";
import type { AttachEvents, Events, RefusedEvent } from "./events.ts";
import { type Exchange, exchangeRequest, processExchangeResponse, type TokenDemand } from "./exchange.ts";
import { type PostedForm, type PostOptions, postForm } from "./post-form.ts";
import type { Presenter } from "./presenter.ts";
import { processRevokeResponse, revokeRequest } from "./revoke.ts";
import { type HeldToken, type Subject, type Timing, TokenSource } from "./token-source.ts";

export interface AuthorityOptions extends PostOptions {
  readonly timing: Timing;
  readonly events: Events;
}

/** One delegation as it is asked for: what, of whose token, and by which proofs. */
export interface Grant {
  readonly demand: TokenDemand;
  readonly subjectType: TokenTypeUri;
  /** Is the subject's token always the same text? Then it runs out, and an agent that can renews by its own. */
  readonly isFixed: boolean;
  readonly presenter: Presenter;
  readonly credential: AgentCredential | undefined;
  /** A delegation that was begun elsewhere, and is gone on with. */
  readonly delegation?: string | undefined;
  readonly initial?: HeldToken | undefined;
}

/** The gateway's authority as one client uses it: each thing done there is told to the client's listeners. */
export class Authority {
  readonly #options: AuthorityOptions;

  constructor(options: AuthorityOptions) {
    this.#options = options;
  }

  /** A source of tokens for one delegation, which begins at the first use. */
  open(grant: Grant): TokenSource {
    const { timing, events } = this.#options;
    const { demand, initial } = grant;
    return new TokenSource({
      timing,
      initial,
      exchange: (subject, delegation, own) =>
        this.#obtain(grant, { subject, delegation: delegation ?? grant.delegation, own }),
      onToken: (held, renewed) => events.emit(tokenEvent(demand.agentId, held, renewed)),
    });
  }

  /** @throws AttachError */
  async revoke({ demand, credential }: Grant, { token, claims }: HeldToken): Promise<void> {
    const { agentId } = demand;
    try {
      const posted = { form: revokeRequest(token, agentId), headers: new Headers() };
      await this.#authenticate(posted, agentId, credential);
      await postForm(this.#options, "/oauth/revoke", posted, processRevokeResponse);
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

  /**
   * A token, by the first way that is open. A delegation goes on by the subject's token; one whose agent can prove itself goes on
   * by its own token as well (CONTRACT §6), first where the subject's is a fixed text that only grows older.
   */
  async #obtain(
    grant: Grant,
    {
      subject,
      delegation,
      own,
    }: { subject: Subject; delegation: string | undefined; own: string | undefined },
  ): Promise<TokenExchangeResponse> {
    const { demand, subjectType, presenter, credential } = grant;
    const byOther = { give: subject, subjectTokenType: subjectType };
    const isProving = presenter.tokenType === "DPoP" || credential !== undefined;
    const ways =
      own === undefined || delegation === undefined || !isProving ? [byOther] : [byOther, bySelf(own)];
    if (grant.isFixed) ways.reverse();
    let refusal: unknown;
    for (const { give, subjectTokenType } of ways) {
      try {
        const exchange = { ...demand, subjectToken: await give(), subjectTokenType, delegation };
        return await this.#exchange(grant, exchange);
      } catch (error) {
        refusal ??= error;
        if (!isRefusal(error) && !(error instanceof AttachError && error.code === "user_token_failed")) break;
      }
    }
    const isRenewal = delegation !== undefined;
    const told = isRenewal && isRefusal(refusal) ? notRenewed(demand.agentId, refusal) : refusal;
    this.refused(demand.agentId, isRenewal ? "renewal" : "exchange", told);
    throw told;
  }

  /** Sent once more where the proof lacked a nonce (RFC 9449 §8). */
  async #exchange(
    { demand, presenter, credential }: Grant,
    exchange: Exchange,
  ): Promise<TokenExchangeResponse> {
    const url = new URL("/oauth/token", this.#options.gateway);
    for (let isRepeated = false; ; isRepeated = true) {
      const headers = await presenter.prove({ method: "POST", url }, exchange.subjectToken);
      const posted = { form: exchangeRequest(exchange), headers };
      await this.#authenticate(posted, demand.agentId, credential);
      let mayRepeat = false;
      try {
        return await postForm(this.#options, "/oauth/token", posted, (response) => {
          mayRepeat = presenter.heed(response) && !isRepeated;
          return processExchangeResponse(response, demand);
        });
      } catch (error) {
        if (!mayRepeat || !(error instanceof AttachError && error.code === "use_dpop_nonce")) throw error;
      }
    }
  }

  async #authenticate(
    posted: Required<PostedForm>,
    agentId: string,
    credential: AgentCredential | undefined,
  ): Promise<void> {
    if (credential === undefined) return;
    const { gateway, timing } = this.#options;
    await authenticate(posted, credential, { agentId, gateway, now: timing.now() });
  }
}

const bySelf = (own: string) => ({ give: () => own, subjectTokenType: TOKEN_TYPE.accessToken });

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
