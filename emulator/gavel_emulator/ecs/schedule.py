"""Decides which tasks a service starts and stops. Pure: counts in, a plan out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SHORT_LIFE_S = 10.0
"""A task that ends by itself earlier than this counts towards a crash loop; a longer life ends the count."""

STEADY_AFTER_S = 1.0
"""A new task must have run this long before an old one is stopped for it, so that a revision which dies while starting
doesn't take the service down. ECS has health checks for that; a process has none."""

_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A task that isn't stopping. `current`: of the newest deployment. `steady`: running for STEADY_AFTER_S."""

    id: str
    current: bool
    running: bool
    steady: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    start: int
    stop: tuple[str, ...]


def changes(desired: int, tasks: Sequence[Standing], *, minimum_percent: int, maximum_percent: int) -> Changes:
    """The next step towards `desired` tasks of the newest deployment, `tasks` being in the order of their start.

    The percentages are the deployment configuration's: between how many tasks the service may run meanwhile.
    """
    lower = math.ceil(desired * minimum_percent / 100)
    upper = math.floor(desired * maximum_percent / 100)
    if lower >= upper:
        upper = lower + 1  # no room to move in; ECS refuses such a configuration
    current = [task for task in tasks if task.current]
    old = [task for task in tasks if not task.current]
    # What has run longest stays: it has proven that it can.
    staying = sorted(current, key=lambda task: (not task.steady, not task.running))[:desired]
    leaving = [task for task in current if task not in staying]
    return Changes(
        start=max(0, min(desired - len(current), upper - len(tasks))),
        stop=tuple(task.id for task in [*leaving, *_replaceable(old, staying, desired, lower)]),
    )


def _replaceable(old: list[Standing], staying: list[Standing], desired: int, lower: int) -> list[Standing]:
    """Those of the old deployments' tasks that can go without falling below `lower` steady ones."""
    steady = sum(task.steady for task in staying)
    if steady >= desired:
        return old
    running = [task for task in old if task.running]
    spare = max(0, steady + len(running) - lower)
    return [*(task for task in old if not task.running), *running[:spare]]


def restart_delay_s(short_lives: int) -> float:
    """How long to wait before the next start after so many short lives in a row: none at first, then ever longer."""
    if short_lives <= 1:
        return 0.0
    return min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** (short_lives - 2))
