"""What every test may use.

- `emulator`: one emulator for the whole test session, started when the first test asks for it (about 1.5 s) and ended
  after the last one. `emulator.endpoint`, `emulator.log_dir`, and `emulator.get/post/delete("/_gavel/…")` for its
  control routes. It is shared: a test makes its own queues, buckets, clusters under random names (`unique`), and takes
  back what is global, such as fault rules.
- `aws`: boto3 clients of the emulator, `aws("sqs")`; `aws("ecs", account="111122223333", region="eu-west-1")` for
  another account or region; other arguments go to botocore's Config. They don't retry, so a test sees the first answer.
- `unique`: `unique("queue")` is a name that no other test has.
- `eventually`: `eventually(lambda: …)` polls until the function returns something true and returns that.

Without being asked, every test runs without the machine's AWS settings: it can reach no account of anybody's.
"""

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

from tests.emulator import Emulator, running_emulator

T = TypeVar("T")

TOGETHER = {
    "a stack for many items": re.compile(r"tests/e2e/test_(adapters?|bulk|dataset|video\w*)\.py"),
    "a stack": re.compile(r"tests/e2e/"),
    "a browser": re.compile(r"tests/browser/"),
}
"""Tests that share what takes long to start, and so a process, where tests run in several: those whose path matches the
first. They take longest, so they begin first."""

# How long an example takes is the machine's affair, and no test's. The examples are the same in every run, so that what
# a change broke is told from what chance found; `make explore` looks further.
settings.register_profile("unhurried", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("unhurried")

PATIENCE_S = 120
"""Long, since a deadline costs nothing where things work, and machines may be busy."""
REGION = "us-east-1"
ACCOUNT = "000000000000"


class Together(LoadScopeScheduling):  # type: ignore[misc]  # xdist publishes no types
    """The tests of a group, or else of a file, stay in one process, in their order, as if there were no other."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid) or nodeid.partition("::")[0]


def _group(nodeid: str) -> str | None:
    return next((name for name, paths in TOGETHER.items() if paths.match(nodeid)), None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """Used where pytest is called with `-n`. xdist's own groups need names that pytest 9.2 no longer lets it change."""
    config.option.loadscopereorder = False
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Raises UsageError where two tests have one name, since of these only one would run."""
    if twice := [name for name, count in Counter(item.nodeid for item in items).items() if count > 1]:
        raise pytest.UsageError(f"tests with the same name: {', '.join(sorted(twice))}")
    if "PYTEST_XDIST_WORKER" in os.environ:
        order = [*TOGETHER, None]
        items.sort(key=lambda item: order.index(_group(item.nodeid)))


class Aws(Protocol):
    def __call__(self, service: str, *, account: str = ACCOUNT, region: str = REGION, **config: Any) -> Any: ...


class Eventually(Protocol):
    def __call__(self, look: Callable[[], T], *, within_s: float = ...) -> T: ...


@pytest.fixture(scope="session", autouse=True)
def _no_aws_account() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running_emulator(tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def aws(emulator: Emulator) -> Aws:
    def client(service: str, *, account: str = ACCOUNT, region: str = REGION, **config: Any) -> Any:
        return boto3.session.Session().client(
            service,
            endpoint_url=emulator.endpoint,
            region_name=region,
            # LocalStack reads the account from the access key.
            aws_access_key_id=account,
            aws_secret_access_key="test",  # noqa: S106 - LocalStack takes any
            config=Config(**{"retries": {"total_max_attempts": 1}, "read_timeout": 120} | config),
        )

    return client


@pytest.fixture
def unique() -> Callable[[str], str]:
    return lambda stem: f"{stem}-{uuid4().hex[:12]}"


@pytest.fixture
def eventually() -> Eventually:
    def wait(look: Callable[[], T], *, within_s: float = PATIENCE_S) -> T:
        deadline = time.monotonic() + within_s
        while not (seen := look()):
            assert time.monotonic() < deadline, f"not within {within_s} s; last seen: {seen!r}"
            time.sleep(0.02)
        return seen

    return wait
