import pytest

from tests.fakes.human_loops import HumanLoops
from tests.unit.emulator_a2i.accounts import Account


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def loops() -> HumanLoops:
    return HumanLoops()
