"""What a video is told to show, and when: `Smoking@1200-4800:88.1,Drinking:71.2`, times in milliseconds.

Without a time a label is seen in the whole video. The notation is that of pictures otherwise (`notation.py`), and it
stands in the same places: the object's metadata, or a labels file.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from gavel_emulator.rekognition.notation import CONTENT_TYPES, NotationError, nearest
from gavel_emulator.rekognition.scene import Scene, Seen
from gavel_emulator.rekognition.taxonomy import taxonomy

ENTRY = re.compile(
    r"(?P<name>[^:@]+?)\s*(?:@\s*(?P<start>\d+)\s*-\s*(?P<end>\d+)\s*)?:\s*(?P<confidence>\d+(?:\.\d+)?)"
)
FORM = "<name>[@<from>-<to>]:<confidence>"


@dataclass(frozen=True, slots=True)
class Span:
    """Both ends belong to it."""

    start_ms: int
    end_ms: int

    def covers(self, at_ms: int) -> bool:
        return self.start_ms <= at_ms <= self.end_ms


@dataclass(frozen=True, slots=True)
class Shown:
    """`span` is None for what is seen in the whole video."""

    seen: Seen
    span: Span | None = None

    def at(self, at_ms: int) -> bool:
        return self.span is None or self.span.covers(at_ms)

    def overlaps(self, other: "Shown") -> bool:
        if self.span is None or other.span is None:
            return True
        return self.span.start_ms <= other.span.end_ms and other.span.start_ms <= self.span.end_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    moderation: tuple[Shown, ...] = ()
    content_types: tuple[Shown, ...] = ()

    @classmethod
    def of(cls, scene: Scene) -> "Script":
        """A video that shows this all the time."""
        return cls(
            moderation=tuple(Shown(seen) for seen in scene.moderation),
            content_types=tuple(Shown(seen) for seen in scene.content_types),
        )

    def at(self, at_ms: int) -> Scene:
        return Scene(
            moderation=tuple(shown.seen for shown in self.moderation if shown.at(at_ms)),
            content_types=tuple(shown.seen for shown in self.content_types if shown.at(at_ms)),
        )

    def spans(self) -> list[Span]:
        return [shown.span for shown in (*self.moderation, *self.content_types) if shown.span]

    def check_length(self, duration_ms: int) -> None:
        """Raises NotationError for what begins after the video has ended: nobody would ever see it."""
        late = [span for span in self.spans() if span.start_ms >= duration_ms]
        if late:
            times = ", ".join(f"{span.start_ms}-{span.end_ms}" for span in late)
            raise NotationError(f"{times} begins after the video's end, which is at {duration_ms}")


def parse_script(*, labels: str = "", content_types: str = "") -> Script:
    """Raises NotationError with all problems of both texts."""
    problems: list[str] = []
    script = Script(
        moderation=_parse(labels, taxonomy().labels, "a label of the moderation taxonomy 7.0", problems),
        content_types=_parse(content_types, CONTENT_TYPES, "a content type", problems),
    )
    if problems:
        raise NotationError("; ".join(problems))
    return script


def names_times(text: str) -> bool:
    """Whether the text can only be meant for a video; no label's name has an @."""
    return "@" in text


def _parse(text: str, known: Collection[str], kind: str, problems: list[str]) -> tuple[Shown, ...]:
    parsed: list[Shown] = []
    for entry in (part.strip() for part in text.split(",")):
        if not entry and not text.strip():
            continue
        match = ENTRY.fullmatch(entry)
        if match is None:
            problems.append(f"{entry!r} is not of the form {FORM}")
            continue
        name, confidence = match["name"], float(match["confidence"])
        span = Span(int(match["start"]), int(match["end"])) if match["start"] else None
        shown = Shown(Seen(name, confidence), span)
        if name not in known:
            problems.append(f"{name!r} is not {kind}{nearest(name, known)}")
        elif confidence > 100:
            problems.append(f"the confidence of {name!r} is {match['confidence']}, more than 100")
        elif span and span.end_ms < span.start_ms:
            problems.append(f"{entry!r} ends before it begins")
        elif any(other.seen.name == name and other.overlaps(shown) for other in parsed):
            problems.append(f"{name!r} is named twice for the same time")
        else:
            parsed.append(shown)
    return tuple(parsed)
