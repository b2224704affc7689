"""Who else is working at the same thing right now: tasks that share a quota find each other by it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

BEAT_S: Final = 0.5
"""Between two beats of a member, each of which is one request."""
SILENT_S: Final = 1.9 * BEAT_S
"""Who hasn't beaten for so long, as seen at beats of one's own, is gone: that is noticed within 3 beats, 1.5 s."""
FORGOTTEN_AFTER: Final = timedelta(seconds=30)
"""What a member that died left behind is ignored from the start, and cleared away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What a member said last: `throttled` requests since it joined, and the `factor` by which it holds back."""

    at: datetime
    throttled: int
    factor: float


class Membership(Protocol):
    """One group. Both methods raise Transient when the store can't be reached."""

    async def beat(self, member: str, beat: Beat, *, forget: Collection[str] = ()) -> Mapping[str, Beat]:
        """Say that `member` is at work, and clear away those to forget; returns everybody's last beat, this included.

        One atomic step, so that of two members that join at once at least one sees the other.
        """
        ...

    async def leave(self, member: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Everybody present, in the same order for everybody; how many requests of others were throttled since the last
    look; the lowest factor among the others; what to clear away."""

    present: tuple[str, ...]
    throttled: int
    factor: float
    forget: frozenset[str]


class Roll:
    """Who counts as present, as one member sees it.

    What counts is that a beat differs from the one before, by the clock of whoever looks, so members' clocks need not
    agree to the second.
    """

    def __init__(self, member: str) -> None:
        self._member = member
        self._seen: dict[str, tuple[Beat, float]] = {}

    def call(self, beats: Mapping[str, Beat], *, now_s: float, at: datetime) -> Company:
        """`now_s` is any clock that doesn't jump, `at` the time of day."""
        others = {name: beat for name, beat in beats.items() if name != self._member}
        forget = {name for name, beat in others.items() if at - beat.at >= FORGOTTEN_AFTER}
        before, self._seen = self._seen, {}
        throttled = 0
        for name, beat in others.items():
            if name in forget:
                continue
            last, since_s = before.get(name, (beat, now_s))
            throttled += max(0, beat.throttled - last.throttled)
            self._seen[name] = (last, since_s) if last == beat else (beat, now_s)
        present = {name: beat for name, (beat, since_s) in self._seen.items() if now_s - since_s < SILENT_S}
        return Company(
            present=tuple(sorted({*present, self._member})),
            throttled=throttled,
            factor=min((beat.factor for beat in present.values()), default=1.0),
            forget=frozenset(forget),
        )
