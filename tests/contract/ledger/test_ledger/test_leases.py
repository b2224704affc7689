"""Leases, which one holder has at a time."""

from shared.ledger.port import Ledger
from tests.contract.ledger.entries import (
    NOON,
    after,
)


class TestLeases:
    async def test_a_lease_has_one_holder_until_it_ends(self, ledger: Ledger) -> None:
        assert await ledger.lease("sweep", "a", now=NOON, ttl_s=10)
        assert not await ledger.lease("sweep", "b", now=after(9.999999), ttl_s=10)
        assert await ledger.lease("another", "b", now=NOON, ttl_s=10)
        assert await ledger.lease("sweep", "b", now=after(10), ttl_s=10)
        assert not await ledger.lease("sweep", "a", now=after(11), ttl_s=10)

    async def test_a_holder_extends_its_lease(self, ledger: Ledger) -> None:
        await ledger.lease("sweep", "a", now=NOON, ttl_s=10)
        assert await ledger.lease("sweep", "a", now=after(5), ttl_s=10)
        assert not await ledger.lease("sweep", "b", now=after(12), ttl_s=10)
