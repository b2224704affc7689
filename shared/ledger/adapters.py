"""Which adapters were put into policies and taken out again: entries that are only added, one partition a policy."""

from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from shared.custom_moderation.evaluation import Compared, Panel


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured on the test set, over all labels, and how far the adapter's F1 is above the base model's."""

    threshold: float
    training_images: int
    testing_images: int
    compared: Compared
    gain: float | None = None


class _Entry(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """`by` is who, as AWS knows them. From `at` on, `policy` is judged by version `after` in place of `before`; their
    adapters are `adapter` and `replaced`, None for the base model."""

    at: datetime
    by: str
    policy: str
    before: str
    after: str
    adapter: str | None = None
    replaced: str | None = None


class AdapterPromoted(_Entry, frozen=True, kw_only=True, tag="promoted"):
    """`margin` is the gain that was asked for. `forced` has the reasons against it that `--force` passed over;
    `figures` is None where one of them is that there are none; `panels` are the plots of the whole evaluation, whose
    file goes with the evidence."""

    margin: float
    figures: Figures | None = None
    panels: tuple[Panel, ...] = ()
    forced: tuple[str, ...] = ()


class AdapterRolledBack(_Entry, frozen=True, kw_only=True, tag="rolled-back"):
    """`undone` is when the promotion was that this takes back."""

    undone: datetime
    forced: tuple[str, ...] = ()


class AdapterVoided(_Entry, frozen=True, kw_only=True, tag="voided"):
    """What the entry of `voids` says didn't come to be: somebody put another version in force first, and that stays."""

    voids: datetime


AdapterEntry = AdapterPromoted | AdapterRolledBack | AdapterVoided


class AdapterHistory(Protocol):
    """Every method may raise Transient; then nothing is known to have been written."""

    async def add(self, entry: AdapterEntry) -> bool:
        """False when that policy has an entry of the same instant already."""
        ...

    async def of(self, policy: str) -> tuple[AdapterEntry, ...]:
        """The newest first."""
        ...


def voided(entry: AdapterPromoted | AdapterRolledBack) -> AdapterVoided:
    """Right behind the entry, since a policy has one entry an instant."""
    return AdapterVoided(
        at=entry.at + timedelta(microseconds=1),
        by=entry.by,
        policy=entry.policy,
        before=entry.before,
        after=entry.after,
        adapter=entry.adapter,
        replaced=entry.replaced,
        voids=entry.at,
    )


def promotion_to(version: str, history: tuple[AdapterEntry, ...]) -> AdapterPromoted | None:
    """The newest promotion that put this version of the policy in force; `history` has the newest first."""
    return next((each for each in history if isinstance(each, AdapterPromoted) and each.after == version), None)
