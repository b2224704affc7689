"""That the reading of sources sees what it must: it is what roles are held to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.infra import reachable

ADAPTER = """
from typing import Any, Protocol


class S3(Protocol):
    async def get_object(self, **request: Any) -> dict[str, Any]: ...
    async def put_object(self, **request: Any) -> dict[str, Any]: ...
    async def delete_object(self, **request: Any) -> dict[str, Any]: ...


class Store:
    def __init__(self, client: S3) -> None:
        self._client = client

    async def load(self) -> None:
        await self._client.get_object(Bucket="b", Key="k")

    async def drop(self) -> None:
        await self._client.delete_object(Bucket="b", Key="k")


async def save(client: S3) -> None:
    await client.put_object(Bucket="b", Key="k")
"""
MAIN = """
from services.shop import store
from services.shop.store import Store as Kept

async def serve(settings):
    async with open_clients("s3") as clients:
        await use(Kept(clients["s3"]))

async def use(kept):
    await kept.load()

serve(None)
"""


@pytest.fixture(autouse=True)
def _sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another tree than this project's, for the time of a test."""
    monkeypatch.setattr(reachable, "ROOT", tmp_path)
    (tmp_path / "services" / "shop").mkdir(parents=True)
    caches = (reachable.operations, reachable.mentions, reachable._source)
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()


def called(main: str, adapter: str = ADAPTER, *, without: str = "") -> set[str]:
    folder = reachable.ROOT / "services" / "shop"
    (folder / "main.py").write_text(main)
    (folder / "store.py").write_text(adapter)
    found = reachable.operations("services.shop.main", frozenset({without}))
    assert {service for service, _ in found} <= {"s3"}
    return {operation for _, operation in found}


def test_what_is_called_is_found_by_whatever_name_it_is_imported_and_nothing_else() -> None:
    assert called(MAIN) == {"GetObject"}


def test_a_function_of_a_module_is_found_by_the_modules_name() -> None:
    assert called(MAIN.replace("await kept.load()", "await store.save(kept)")) == {"PutObject"}


def test_what_a_decorator_registers_is_called_by_whoever_it_is_registered_with() -> None:
    page = '\n@routes.get("/")\nasync def page(request):\n    await Kept(request).drop()\n'
    assert called(MAIN + page) == {"GetObject", "DeleteObject"}


def test_a_signed_address_is_a_call_of_what_it_names() -> None:
    signing = 'kept.generate_presigned_url("head_object", Params={})'
    assert called(MAIN.replace("await kept.load()", signing)) == {"HeadObject"}


def test_a_class_that_is_not_made_calls_nothing() -> None:
    assert called(MAIN, without="Kept") == set()


def test_a_client_that_no_protocol_declares_is_not_passed_over() -> None:
    undeclared = ADAPTER.replace("self._client.get_object", "self._client.list_objects_v2")
    with pytest.raises(LookupError, match="list_objects_v2"):
        called(MAIN, undeclared)
