"""Every test has an account of its own: there is one workforce per account, and nobody else's loops in its listings."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.conftest import Eventually
from tests.contract.a2i.studio import Studio
from tests.emulator import Emulator


@pytest.fixture(scope="session")
def session(_no_aws_account: None) -> boto3.session.Session:
    return boto3.session.Session()


@pytest.fixture
def empty_studio(
    emulator: Emulator, session: boto3.session.Session, eventually: Eventually, unique: Callable[[str], str]
) -> Studio:
    """An account without anything."""
    account = str(10**11 + uuid4().int % (9 * 10**11))
    return Studio(account=account, session=session, emulator=emulator, eventually=eventually, unique=unique)


@pytest.fixture
def studio(empty_studio: Studio) -> Studio:
    """An account with a workforce, a team, a task UI and a bucket."""
    empty_studio.furnish()
    return empty_studio


Refusal = tuple[str, int, str]


@pytest.fixture
def refusal() -> Callable[..., Refusal]:
    """Code, HTTP status and text of the error that a call must end in."""

    def refused(operation: Callable[..., Any], **request: Any) -> Refusal:
        with pytest.raises(ClientError) as caught:
            operation(**request)
        response = caught.value.response
        return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]

    return refused
