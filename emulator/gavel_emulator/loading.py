"""Lets nobody use a service before its operations are attached."""

from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.handlers.service_plugin import ServiceLoader


def attach_before_use() -> None:
    """LocalStack notes that a service is loaded, and attaches its operations after that: of two first requests at the
    same time the second was told `no handler for operation`. Whoever attaches holds the service's lock meanwhile.
    """
    load = ServiceLoader.require_service
    attached = set[str]()

    def require_service(self: ServiceLoader, chain: Any, context: RequestContext, response: Any) -> None:
        load(self, chain, context, response)
        if context.service and (name := context.service.service_name) not in attached:
            with self.service_locks[name]:
                attached.add(name)

    ServiceLoader.require_service = require_service
