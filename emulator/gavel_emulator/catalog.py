"""Which AWS services a request can be for.

LocalStack finds the service of a request in an index over all of botocore's 400 models, built at the first request:
4 s and 500 MB. Ours covers the served services only and takes a fraction of both.
"""

from functools import cached_property
from pathlib import Path

from botocore.model import ServiceModel
from localstack import config
from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.aws.spec import LazyServiceCatalogIndex, _get_catalog_filename, load_service, save_service_index_cache
from localstack.http import Response

# SQS speaks two protocols, each with a model of its own.
_MODELS = {"sqs": ("sqs", "sqs-query")}


class ServedServices(LazyServiceCatalogIndex):
    def __init__(self, services: tuple[str, ...]) -> None:
        self._names = services

    @cached_property
    def _services(self) -> dict[str, list[ServiceModel]]:
        return {name: [load_service(model) for model in _MODELS.get(name, (name,))] for name in self._names}


def recognise_only(services: tuple[str, ...]) -> "RefuseOthers":
    """Put the index of `services` where LocalStack looks for a finished one, before its first request.

    Returns a request handler for the front of LocalStack's AWS handlers: without the other models a request to another
    service would be taken for one to S3, so it is refused by its signature.
    """
    folder = Path(config.dirs.cache)
    folder.mkdir(parents=True, exist_ok=True)
    index = save_service_index_cache(ServedServices(services), str(folder / _get_catalog_filename()))
    return RefuseOthers(frozenset(index.signing_name_index))


class RefuseOthers:
    def __init__(self, signing_names: frozenset[str]) -> None:
        self._signing_names = signing_names

    def __call__(self, chain: HandlerChain, context: RequestContext, response: Response) -> None:
        # AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, …
        credential = context.request.headers.get("Authorization", "").partition("Credential=")[2]
        scope = credential.partition(",")[0].split("/")
        if len(scope) == 5 and scope[3] not in self._signing_names:
            text = f"This emulator doesn't serve '{scope[3]}', because Gavel doesn't use it."
            chain.stop()
            # Without the model of the service its protocol is unknown; SDKs read one of these two.
            if "json" in (context.request.mimetype or ""):
                response.set_json({"__type": "NotImplemented", "message": text})
            else:
                error = f"<Error><Code>NotImplemented</Code><Message>{text}</Message></Error>"
                response.set_response(f"<ErrorResponse>{error}</ErrorResponse>")
            response.status_code = 501
