"""Authlib, unchanged, as a client of the gateway: reads one JSON object a line, answers each with one.

    {"do": "introspect", "url": "http://127.0.0.1:8080", "client": {"id": "files", "secret": "…"}, "token": "…"}

A client is {id}, {id, secret, method?} or {id, key} (a private JWK). A refusal is {"error": …, "description": …};
what Authlib could not make sense of is {"failed": …}.
"""

import json
import os
import sys
import time
import traceback

# The gateway under test is on loopback, without TLS.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oauth2.rfc9068.claims import JWTAccessTokenClaims
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
TIMEOUT = 20


def get(url):
    answer = requests.get(url, timeout=TIMEOUT)
    answer.raise_for_status()
    return answer.json()


def discover(issuer):
    """The authorization server's metadata (RFC 8414), held to the standard by Authlib."""
    document = get(get_well_known_url(issuer, external=True))
    # RFC 8414 requires the list, and there is no authorization endpoint to respond: ours is empty, Authlib wants one entry.
    AuthorizationServerMetadata({**document, "response_types_supported": ["none"]}).validate()
    metadata = AuthorizationServerMetadata(document)
    if metadata.issuer != issuer:
        raise ValueError(f"another issuer: {metadata.issuer}")
    return metadata


def session(server, client):
    method = client.get("method")
    if "key" in client:
        made = OAuth2Session(
            client["id"],
            ECKey.import_key(client["key"]),
            token_endpoint_auth_method="private_key_jwt",
            revocation_endpoint_auth_method="private_key_jwt",
            default_timeout=TIMEOUT,
        )
        # Its defaults are those of RFC 7523: the endpoint as audience, an hour of life. RFC 7523bis wants the issuer, and short.
        statement = PrivateKeyJWT(server.issuer, claims={"exp": int(time.time()) + 60}, alg=client["key"]["alg"])
        made.register_client_auth_method(statement)
        return made
    return OAuth2Session(
        client["id"],
        client.get("secret"),
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        default_timeout=TIMEOUT,
    )


def exchange(server, client, ask):
    return client.fetch_token(
        server.token_endpoint,
        grant_type=EXCHANGE,
        subject_token_type=ACCESS_TOKEN,
        **ask["fields"],
    )


def client_credentials(server, client, ask):
    return client.fetch_token(server.token_endpoint, grant_type="client_credentials", **ask.get("fields", {}))


def introspect(server, client, ask):
    return answered(client.introspect_token(server.introspection_endpoint, ask["token"], "access_token"))


def revoke(server, client, ask):
    return answered(client.revoke_token(server.revocation_endpoint, ask["token"], "access_token"))


def answered(answer):
    body = answer.json() if answer.content else {}
    return {**body, "status": answer.status_code}


def verify(server, _client, ask):
    """What a resource server in Python does with an agent's token: RFC 9068 §4 by the published keys."""
    keys = KeySet.import_key_set(get(server.jwks_uri))
    token = jwt.decode(ask["token"], keys, algorithms=["ES256", "RS256"])
    expected = {"iss": {"essential": True, "value": server.issuer}, "aud": {"essential": True, "value": ask["audience"]}}
    claims = JWTAccessTokenClaims(token.claims, token.header, expected)
    claims.validate()
    return {"header": token.header, "claims": dict(claims)}


def call(_server, client, ask):
    """A protected call, the token placed by Authlib."""
    client.token = {"access_token": ask["token"], "token_type": "Bearer"}
    return {"status": client.get(ask["url"] + ask["path"]).status_code}


DO = {do.__name__: do for do in (exchange, client_credentials, introspect, revoke, verify, call)}


def answer(ask):
    try:
        server = discover(ask["url"])
        return DO[ask["do"]](server, session(server, ask["client"]), ask)
    except OAuthError as error:
        return {"error": error.error, "description": error.description}
    except Exception:
        return {"failed": traceback.format_exc()}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
