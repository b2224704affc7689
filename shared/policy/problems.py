"""What is wrong with a policy, gathered so that everything is told at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`line` counts from 1; `path` is the way there (`rules.Weapons.reject_at`); `text` says what would be right."""

    line: int
    path: str
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.path}: {self.text}" if self.path else f"line {self.line}: {self.text}"


class PolicyError(ValueError):
    """A policy that can't be used. Whoever wrote it gets `problems`, in order of their lines."""

    def __init__(self, origin: str, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join((f"{origin} can't be used:", *(f"  {problem}" for problem in problems))))
        self.origin = origin
        self.problems = problems


@dataclass(slots=True)
class Problems:
    """Collects problems while a text is read. `lines` has the line of every path seen, for checks that come later."""

    found: set[Problem] = field(default_factory=set)
    lines: dict[str, int] = field(default_factory=dict)

    def seen(self, path: str, line: int) -> None:
        self.lines.setdefault(path, line)

    def add(self, path: str, text: str, *, line: int | None = None) -> None:
        """Without `line`, the problem is where the path was seen, or else the nearest path above it."""
        self.found.add(Problem(line=line or self._line(path), path=path, text=text))

    def under(self, *paths: str) -> bool:
        """Whether there is a problem at one of these paths or below it: what was read there isn't worth checking."""
        return any(
            problem.path == path or problem.path.startswith((f"{path}.", f"{path}["))
            for problem in self.found
            for path in paths
        )

    def in_order(self) -> tuple[Problem, ...]:
        return tuple(sorted(self.found))

    def _line(self, path: str) -> int:
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)


def alternatives(words: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *most, last = [f"`{word}`" for word in words]
    return f"{', '.join(most)} or {last}" if most else last
