"""Settings that tests and curious people turn while the emulator runs (`/_gavel/…-settings`)."""

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

K = TypeVar("K", bound="DataclassInstance")


class Board(Generic[K]):
    """The knobs as they stand; the same for all accounts. Safe to use from many threads."""

    def __init__(self, defaults: K) -> None:
        self._defaults = defaults
        self._knobs = defaults
        self._lock = threading.Lock()

    @property
    def knobs(self) -> K:
        return self._knobs

    def turn(self, **changes: Any) -> None:
        with self._lock:
            self._knobs = replace(self._knobs, **changes)

    def reset(self) -> None:
        with self._lock:
            self._knobs = self._defaults
