"""A Rekognition whose every answer is held against the service model, and a bucket to put pictures in."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Aws
from tests.contract.model import validating
from tests.contract.rekognition.pictures import Shelf
from tests.emulator import Emulator


@pytest.fixture(scope="session")
def rekognition(aws: Aws) -> Any:
    """It sends what it is told, valid or not."""
    return validating(aws("rekognition", parameter_validation=False))


@pytest.fixture
def told(emulator: Emulator) -> Iterator[Emulator]:
    """The emulator; what a test tells it of labels and quotas is forgotten at the end."""
    yield emulator
    emulator.delete("/_gavel/labels")
    emulator.delete("/_gavel/quotas")


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
