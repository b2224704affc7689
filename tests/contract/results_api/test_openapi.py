"""The API keeps to its own OpenAPI document, whatever is asked: no answer that it doesn't tell of, and no defect."""

import asyncio
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from services.results.api.domain.callers import Permission
from services.results.api.web.openapi import document
from shared.contracts.words import Action
from tests.unit.results_api.asking import asking, bearer, scopes

OPEN_TO_ALL = scopes(*Permission, tenant="*")
LEFT_OUT = {
    ignored_auth: "the tests' tokens are words of their own; see `tests/unit/results_api/test_tokens.py`",
    positive_data_acceptance: "a well-formed request may still name what isn't there, or come at the wrong time",
    unsupported_method: "an unknown method without a token is answered by 401 before anything else is looked at",
}
"""Checks that aren't made, with the reason."""

METHODS = ("get", "put", "post", "delete", "patch")

schema = schemathesis.openapi.from_dict(document())


@dataclass(frozen=True, kw_only=True)
class Served:
    """`items` are ids of items in different states."""

    url: str
    items: tuple[str, ...]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """The API over fakes, in an event loop and a thread of its own: who asks is synchronous."""
    ready: Future[Served] = Future()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def serve() -> None:
        async with asking() as api:
            items = (await api.judged("a.jpg", Action.REJECT), await api.item("b.jpg"), await api.quarantined("c.jpg"))
            ready.set_result(Served(url=str(api.http.make_url("/")).rstrip("/"), items=items))
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        yield ready.result(timeout=120)
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(60)
        loop.close()


def _answers_as_the_document_says(case: schemathesis.Case[Any], served: Served) -> None:
    left_out = [*LEFT_OUT]
    case.call_and_validate(base_url=served.url, headers=bearer(OPEN_TO_ALL), excluded_checks=left_out)
    # A random id is nobody's. What was wrong with it is mended here, so that a refusal isn't due any more.
    left_out.append(negative_data_rejection)
    if "media_id" in (case.path_parameters or {}):
        for item in served.items:
            case.path_parameters["media_id"] = item
            case.call_and_validate(base_url=served.url, headers=bearer(OPEN_TO_ALL), excluded_checks=left_out)


def _test_of(path: str, method: str) -> Any:
    def test(case: schemathesis.Case[Any], served: Served) -> None:
        _answers_as_the_document_says(case, served)

    unhurried = settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    return schema.include(path=path, method=method.upper()).parametrize()(unhurried(test))


# Each has a name of its own: pytest calls all operations of one test alike, and of equal names xdist runs only one.
OPERATIONS = [(path, method) for path, item in document()["paths"].items() for method in item if method in METHODS]
for path, method in OPERATIONS:
    globals()[f"test_{method}_{re.sub('[^a-z0-9]+', '_', path).strip('_')}"] = _test_of(path, method)
