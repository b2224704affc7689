"""The public keys of the Cognito user pools: moto signs tokens, but serves its keys in its own server only."""

import json

from gavel_emulator.control import ControlError, Request, Response, route


def serve_keys() -> None:
    """`GET /<pool id>/.well-known/jwks.json`, as on cognito-idp.<region>.amazonaws.com."""
    route("GET", "/<pool_id>/.well-known/jwks.json", _keys)


def _keys(request: Request, pool_id: str) -> Response:
    # Imported late: a stack without Cognito shouldn't pay for its backend.
    from moto.cognitoidp.models import cognitoidp_backends
    from moto.cognitoidp.responses import CognitoIdpJsonWebKeyResponse

    pools = (backend.user_pools for regions in cognitoidp_backends.values() for backend in regions.values())
    if not any(pool_id in of_region for of_region in pools):
        raise ControlError(404, f"there is no user pool {pool_id}")
    return Response.for_json(json.loads(CognitoIdpJsonWebKeyResponse.json_web_key))
