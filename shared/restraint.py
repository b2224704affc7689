"""How far workers hold back from a quota that is less than was said, and when they believe that it is.

    factor
      1 ┤────┐                      ╭──────  Requests were throttled at the factor `ceiling`: it falls by CUT at once,
        │    │                    ╱          comes back to the ceiling in `return_s`, the slower the nearer it is, and
ceiling ┤    └╮ ─ ─ ─ ╭─────────╯            beyond it ever faster, until somebody is throttled again. So a quota
        │     ╰─╮   ╭─╯                      that stays less is found out about once in a while and hardly exceeded
        │       └──╯                         in between, and one that is whole again is used soon.
        └─────────────────────────────► time
                at_s    at_s + return_s

(TCP's CUBIC has that curve for the same reason.) All that follows from the three numbers is the same for everybody, so
workers that tell each other these leave out the same requests.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

CUT: Final = 0.4
REACTION_S: Final = 0.75
"""By then every worker has heard of a restraint and what was sent before has been answered."""
RETURN_S: Final = 10.0
RETURN_REQUESTS: Final = 100
"""Of the quota; a slow quota is tried out more seldom, so that what is throttled then stays few in a hundred."""
LEAST: Final = 0.03
"""The lowest ceiling: a quota that seems to be nothing is still tried out."""
CHANCE: Final = ((0.75, 0.25), (10.0, 0.05))
"""In so many seconds, so large a part of the quota's requests and one more may be throttled by chance: some come late,
and a window of a second has one too many. What is more, short and sharp or long and mild, is a smaller quota."""
LOOK_BACK_S: Final = max(seconds for seconds, _ in CHANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """Times in seconds since the epoch."""

    at_s: float
    ceiling: float
    return_s: float

    @property
    def ends_s(self) -> float:
        """When the factor is 1 again, for everybody who knows of this restraint."""
        return self.at_s + self.return_s * (1 + math.cbrt((1 / self.ceiling - 1) / CUT))

    def factor(self, at_s: float) -> float:
        """The part of the quota that is used, above 0."""
        if not self.at_s <= at_s < self.ends_s:
            return 1.0
        return self.ceiling * (1 - CUT * self._left(at_s) ** 3)

    def passed_s(self, at_s: float) -> float:
        """The seconds that would have passed if the time went slower by the factor: its integral."""
        if not self.at_s <= at_s < self.ends_s:
            return at_s
        bend_s = CUT * self.return_s / 4 * (self._left(at_s) ** 4 - 1)
        return self.at_s + self.ceiling * (at_s - self.at_s + bend_s)

    def _left(self, at_s: float) -> float:
        """Of the way back to the ceiling: 1 at the beginning, less than 0 beyond it."""
        return 1 - (at_s - self.at_s) / self.return_s


class Brake:
    """What one worker knows of throttles, its own and those of which others tell."""

    def __init__(self, quota_per_s: float) -> None:
        self._chance = [(seconds, 1 + part * quota_per_s * seconds) for seconds, part in CHANCE]
        self._return_s = max(RETURN_S, RETURN_REQUESTS / quota_per_s)
        self._throttled_at_s: deque[float] = deque()
        self._restraint: Restraint | None = None

    def restraint(self, now_s: float) -> Restraint | None:
        held = self._restraint
        # One that is still to come was made before the clock was put back.
        if held is not None and not held.at_s - REACTION_S < now_s < held.ends_s:
            self._restraint = None
        return self._restraint

    def throttled(self, now_s: float) -> None:
        """A request of one's own was. Whoever holds back already takes each as a sign that it isn't enough."""
        restraint = self.restraint(now_s)
        if restraint is None:
            self._doubt(1, now_s)
        elif now_s - restraint.at_s >= REACTION_S:
            self._hold_back(restraint.factor(now_s), now_s)

    def heard(self, told: Restraint | None, throttled: int, now_s: float) -> None:
        """What others know: their latest restraint counts, since it was made knowing of those before. So many of their
        requests were throttled since the last look."""
        restraint = self.restraint(now_s)
        if told is not None and told.at_s <= now_s < told.ends_s and (not restraint or restraint.at_s < told.at_s):
            self._restraint = restraint = told
        if restraint is None:
            self._doubt(throttled, now_s)

    def _doubt(self, throttled: int, now_s: float) -> None:
        self._throttled_at_s.extend([now_s] * throttled)
        while self._throttled_at_s and self._throttled_at_s[0] <= now_s - LOOK_BACK_S:
            self._throttled_at_s.popleft()
        for seconds, most in self._chance:
            if sum(at_s > now_s - seconds for at_s in self._throttled_at_s) > most:
                self._throttled_at_s.clear()
                self._hold_back(1.0, now_s)
                return

    def _hold_back(self, ceiling: float, now_s: float) -> None:
        self._restraint = Restraint(at_s=now_s, ceiling=max(LEAST, ceiling), return_s=self._return_s)
