"""The token endpoint of Cognito's user pools, for machines: moto has none.

https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
"""

import base64
import binascii
import hmac
import time
import uuid
from typing import Any, Final

from gavel_emulator.control import Request, Response, route

GRANT: Final = "client_credentials"
KEY_ID: Final = "dummy"
"""What moto calls its one key, among those that `cognito` serves."""
VALID_S: Final = 3600
"""https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html"""


class Refused(Exception):
    """One of OAuth's error words (RFC 6749, 5.2), which is all that Cognito tells."""


def serve_tokens() -> None:
    """`POST /oauth2/token`, as on <domain>.auth.<region>.amazoncognito.com; the client's id tells whose pool it is."""
    route("POST", "/oauth2/token", _token)


def _token(request: Request) -> Response:
    try:
        answer, status = _granted(request), 200
    except Refused as refusal:
        answer, status = {"error": str(refusal)}, 400
    response = Response.for_json(answer, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _granted(request: Request) -> dict[str, Any]:
    grant = request.form.get("grant_type")
    if not grant:
        raise Refused("invalid_request")
    if grant != GRANT:
        raise Refused("unsupported_grant_type")
    client, pool = _client(*_credentials(request))
    flows = client.extended_config.get("AllowedOAuthFlows") or []
    if not client.extended_config.get("AllowedOAuthFlowsUserPoolClient") or GRANT not in flows:
        raise Refused("unauthorized_client")
    allowed = client.extended_config.get("AllowedOAuthScopes") or []
    # Whoever asks for nothing in particular gets all that the client may have.
    scopes = (request.form.get("scope") or "").split() or allowed
    if not scopes or not set(scopes) <= set(allowed):
        raise Refused("invalid_scope")
    return {"access_token": _signed(client, pool, scopes), "expires_in": VALID_S, "token_type": "Bearer"}


def _credentials(request: Request) -> tuple[str, str]:
    """The client's id and secret, from the header (client_secret_basic) or from the form (client_secret_post)."""
    scheme, _, told = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return request.form.get("client_id", ""), request.form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(told, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refused("invalid_client") from error
    return client_id, secret


def _client(client_id: str, secret: str) -> tuple[Any, Any]:
    """The app client and its pool, both moto's. Without a secret a client can't be told from whoever knows its id."""
    # Imported late: a stack without Cognito shouldn't pay for its backend.
    from moto.cognitoidp.models import cognitoidp_backends

    for regions in cognitoidp_backends.values():
        for backend in regions.values():
            for pool in backend.user_pools.values():
                client = pool.clients.get(client_id)
                if client is not None and client.generate_secret and hmac.compare_digest(client.secret, secret):
                    return client, pool
    raise Refused("invalid_client")


def _signed(client: Any, pool: Any, scopes: list[str]) -> str:
    from joserfc import jwt

    now = int(time.time())
    claims = {
        "sub": client.id,
        "token_use": "access",
        "scope": " ".join(scopes),
        "auth_time": now,
        "iss": f"https://cognito-idp.{pool.region}.amazonaws.com/{pool.id}",
        "exp": now + VALID_S,
        "iat": now,
        "version": 2,
        "jti": str(uuid.uuid4()),
        "client_id": client.id,
    }
    return jwt.encode({"kid": KEY_ID, "alg": "RS256"}, claims, pool.json_web_key)
