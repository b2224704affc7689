"""Finds pictures that look the same, by perceptual hashes: resized, compressed anew, or a few pixels otherwise."""

from array import array
from typing import Final

import numpy as np

NEAR_BITS: Final = 4
"""Of 64. A copy in another size or quality differs in 0 to 4 bits; pictures of one scene seconds apart, in more."""


class Hashes:
    """Of the images of one folder, in memory: 8 bytes each, and some 0.1 ms to compare with 100,000."""

    def __init__(self) -> None:
        self._hashes = array("Q")
        self._keys: list[str] = []

    def add(self, hash_: str, key: str) -> None:
        self._hashes.append(int(hash_, 16))
        self._keys.append(key)

    def near(self, hash_: str) -> str | None:
        """The key of the picture that looks most like it, if any looks the same."""
        if not self._keys:
            return None
        bits = np.bitwise_count(np.frombuffer(self._hashes, dtype=np.uint64) ^ np.uint64(int(hash_, 16)))
        nearest = int(bits.argmin())
        return self._keys[nearest] if bits[nearest] <= NEAR_BITS else None
