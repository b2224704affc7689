"""The patterns of botocore's models, which are Java's, as Python reads them."""

import itertools
import re
import sys
import unicodedata
from functools import cache


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """`\\w` is ASCII, and `\\p{L}`, used only inside brackets, is a category."""
    python = re.sub(r"\\p\{(\w)\}", lambda match: _category_ranges()[match[1]], pattern)
    return re.compile(python, re.ASCII)


@cache
def _category_ranges() -> dict[str, str]:
    """For each major Unicode category its characters, written as ranges for the inside of brackets."""
    ranges: dict[str, list[str]] = {}
    points = range(sys.maxunicode + 1)
    for category, run in itertools.groupby(points, key=lambda point: unicodedata.category(chr(point))[0]):
        first, *rest = run
        ranges.setdefault(category, []).append(f"\\U{first:08x}-\\U{rest[-1] if rest else first:08x}")
    return {category: "".join(parts) for category, parts in ranges.items()}
