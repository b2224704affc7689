"""Who else is working at the same thing: tasks that share a quota find each other by it, and agree on when a share
begins and ends.

Everybody's beat says from when until when it holds its share, ahead of time. So a share goes from one to the other at
one and the same instant for all who have heard of it, and nobody has to wait until others have reacted:

    begins_at      1.25 s after the first beat: by then every other member has beaten, and so heard of it, twice
    ends_at        2.5 s after the last beat of one that died, 1.25 s after that of one that takes its leave

With clocks that disagree, shares overlap or lie idle for that long at a change, and only then.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from shared.restraint import Restraint

BEAT_S: Final = 0.5
"""Between two beats of a member, each of which is one request."""
NOTICE_S: Final = 1.25
LEASE_S: Final = 2.5
AGREEING_S: Final = 1.0
"""A beat that is new and yet so far from now, or from so far in the future, comes from a clock that is wrong: its times
count from when it's heard."""
FORGOTTEN_AFTER_S: Final = 30.0
"""What ended so long ago is cleared away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What a member said last: that it holds its share from `begins_s` to `ends_s`, how many of its requests were
    throttled since it joined, and how it holds back. Times in seconds since the epoch, by the member's clock."""

    at_s: float
    begins_s: float
    ends_s: float
    throttled: int = 0
    restraint: Restraint | None = None


class Membership(Protocol):
    """One group."""

    async def beat(self, member: str, beat: Beat, *, forget: Collection[str] = ()) -> Mapping[str, Beat]:
        """Say that `member` is at work, and clear away those to forget; returns everybody's last beat, this included.

        One atomic step, so that of two members that join at once at least one sees the other. Raises Transient when the
        store can't be reached.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Times by the clock of whoever looks."""

    begins_s: float
    ends_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What one member has heard: everybody's term, in the order of names, its own included; how many requests of others
    were throttled since it last heard of them; their latest restraint; what to clear away."""

    member: str
    terms: Mapping[str, Term]
    throttled: int = 0
    restraint: Restraint | None = None
    forget: frozenset[str] = field(default=frozenset())

    def holders(self, at_s: float) -> tuple[str, ...]:
        """Who holds a share, in the same order for everybody.

        A member whose own term is over, since the store is out of reach, goes on with what it knew at its end.
        """
        at_s = min(at_s, self.terms[self.member].ends_s - 1e-6)
        return tuple(name for name, term in self.terms.items() if term.begins_s <= at_s < term.ends_s)

    def is_alone(self, now_s: float) -> bool:
        """Nobody else holds a share or is about to. Of members that join at once, one at the most hears that."""
        return all(name == self.member or term.ends_s <= now_s for name, term in self.terms.items())


class Roll:
    """Hears beats for one member, and reads others' clocks by its own."""

    def __init__(self, member: str) -> None:
        self._member = member
        self._last: Mapping[str, Beat] = {}
        self._behind_s: dict[str, float] = {}

    def call(self, beats: Mapping[str, Beat], *, now_s: float) -> Company:
        """The beats must have this member's among them."""
        self._behind_s = {name: self._clock_behind_s(name, beat, now_s) for name, beat in beats.items()}
        others = {name: beat for name, beat in beats.items() if name != self._member}
        throttled = sum(
            max(0, beat.throttled - self._last[name].throttled) for name, beat in others.items() if name in self._last
        )
        restraints = [beat.restraint for beat in others.values() if beat.restraint is not None]
        terms = {
            name: Term(begins_s=beat.begins_s + self._behind_s[name], ends_s=beat.ends_s + self._behind_s[name])
            for name, beat in sorted(beats.items())
        }
        self._last = beats
        return Company(
            member=self._member,
            terms=terms,
            throttled=throttled,
            restraint=max(restraints, key=lambda restraint: restraint.at_s, default=None),
            forget=frozenset(name for name in others if terms[name].ends_s < now_s - FORGOTTEN_AFTER_S),
        )

    def _clock_behind_s(self, name: str, beat: Beat, now_s: float) -> float:
        """0 for clocks that agree, so that everybody reads the same times."""
        if name == self._member:
            return 0.0
        if self._last.get(name) == beat:
            return self._behind_s[name]
        behind_s = now_s - beat.at_s
        # The first that is heard of somebody may be old.
        is_wrong = behind_s < -AGREEING_S or (name in self._last and behind_s > AGREEING_S)
        return behind_s if is_wrong else 0.0
