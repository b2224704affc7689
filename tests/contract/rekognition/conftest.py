"""A Rekognition whose every answer is held against the service model, and a bucket to put pictures in."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Aws, Eventually
from tests.contract.model import validating
from tests.contract.rekognition.pictures import Shelf
from tests.contract.rekognition.studio import Listener, Studio
from tests.emulator import Emulator


@pytest.fixture(scope="session")
def rekognition(aws: Aws) -> Any:
    """It sends what it is told, valid or not."""
    return validating(aws("rekognition", parameter_validation=False))


@pytest.fixture
def told(emulator: Emulator) -> Iterator[Emulator]:
    """The emulator; what a test tells it of labels, quotas, faults, video jobs and adapters is forgotten at the end."""
    yield emulator
    for route in ("labels", "quotas", "faults", "video-settings", "adapter-settings"):
        emulator.delete(f"/_gavel/{route}")


@pytest.fixture(scope="session")
def s3(aws: Aws) -> Any:
    return aws("s3")


@pytest.fixture
def shelf(s3: Any, unique: Callable[[str], str]) -> Shelf:
    bucket = unique("pictures")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return Shelf(s3, bucket)


@pytest.fixture
def account() -> str:
    """An account of this test's own, so that its quotas are nobody else's."""
    return str(uuid4().int % 10**12).zfill(12)


@pytest.fixture
def studio(rekognition: Any, told: Emulator, shelf: Shelf, eventually: Eventually) -> Studio:
    """Without jobs of the test before."""
    told.post("/_gavel/quotas", {"tps": 10_000})
    studio = Studio(rekognition=rekognition, emulator=told, shelf=shelf, eventually=eventually)
    eventually(lambda: studio.jobs()["running"] == 0)
    told.delete("/_gavel/video-jobs")
    return studio


@pytest.fixture
def listener(aws: Aws, unique: Callable[[str], str]) -> Listener:
    return Listener.make(aws, unique("video-ends"))
