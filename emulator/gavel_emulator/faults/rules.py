"""Fault rules: which calls fail, how, and how often. Pure: the chain's handlers ask `FaultBook.take`."""

import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class FaultKind(StrEnum):
    """`latency` only delays; `connection-drop` closes the connection without an answer."""

    ERROR = "error"
    LATENCY = "latency"
    CONNECTION_DROP = "connection-drop"


class When(StrEnum):
    """`after`: the call takes effect, and then the client is told that it failed."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One rule. `service` and `operation` as botocore names them, `*` for every operation of the service.

    `rate` is the share of calls that fail (1: every call); `remaining` how many times the rule still acts, None for
    without end. `latency_s` passes before the fault. Counts: `seen` calls that the rule was about, `acted` on how many.
    """

    id: str
    service: str
    operation: str
    kind: FaultKind
    when: When
    rate: float = 1.0
    remaining: int | None = None
    code: str = ""
    status: int = 400
    message: str = ""
    latency_s: float = 0.0
    seen: int = 0
    acted: int = 0

    def covers(self, service: str, operation: str) -> bool:
        return self.service == service and self.operation in ("*", operation)


class FaultBook:
    """The rules in force, in the order in which they were set. Safe to use from many threads."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._lock = threading.Lock()
        self._faults: dict[str, Fault] = {}
        self._number = 0

    def add(self, faults: Iterable[Fault]) -> Sequence[Fault]:
        """Gives each an id (`f1`, `f2`, …), whatever id it came with."""
        added = []
        with self._lock:
            for fault in faults:
                self._number += 1
                numbered = replace(fault, id=f"f{self._number}")
                self._faults[numbered.id] = numbered
                added.append(numbered)
        return added

    def take(self, service: str, operation: str, when: When) -> Sequence[Fault]:
        """The faults that act on this call now: any number of latencies, and at most one that ends the call, last."""
        acting: list[Fault] = []
        with self._lock:
            for fault in list(self._faults.values()):
                if fault.when is not when or not fault.covers(service, operation) or fault.remaining == 0:
                    continue
                acts = fault.rate >= 1 or self._chance() < fault.rate
                self._faults[fault.id] = replace(
                    fault,
                    seen=fault.seen + 1,
                    acted=fault.acted + acts,
                    remaining=fault.remaining - acts if fault.remaining is not None else None,
                )
                if acts:
                    acting.append(fault)
                    if fault.kind is not FaultKind.LATENCY:
                        break
        return acting

    def faults(self) -> Sequence[Fault]:
        with self._lock:
            return list(self._faults.values())

    def remove(self, fault_id: str) -> bool:
        with self._lock:
            return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    @property
    def empty(self) -> bool:
        """Read without the lock: asked on every request, and a rule set in this instant may miss one."""
        return not self._faults


def delay(faults: Iterable[Fault], sleep: Callable[[float], None] = time.sleep) -> None:
    """Sleeps the latencies of all the faults, in the caller's thread."""
    for fault in faults:
        if fault.latency_s:
            sleep(fault.latency_s)
