"""What tests of appeals begin with."""

import pytest

from tests.unit.review.appealing import World


@pytest.fixture
async def world() -> World:
    world = World()
    await world.rejected()
    return world
