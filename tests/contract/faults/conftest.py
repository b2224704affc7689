"""Rules are for the whole emulator, so every test takes its own away."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import Aws
from tests.emulator import Emulator


@pytest.fixture
def faulty(emulator: Emulator) -> Iterator[Emulator]:
    """The emulator, without a fault rule at the beginning and at the end."""
    yield emulator
    emulator.delete("/_gavel/faults")


@pytest.fixture(scope="session")
def client(aws: Aws) -> Callable[[str], Any]:
    """Clients by service, made once."""
    return functools.cache(aws)
