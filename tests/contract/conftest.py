from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from shared.aws.clients import open_clients
from tests.conftest import ACCOUNT, REGION
from tests.contract.clients import Clients
from tests.emulator import Emulator


@pytest.fixture
def clients(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Clients:
    def opened(*services: str, account: str = ACCOUNT, retries: int = 2) -> AbstractAsyncContextManager[dict[str, Any]]:
        monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", account)  # LocalStack reads the account from it
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        return open_clients(*services, region=REGION, retries=retries)

    return opened
