"""The notation in which a picture is told what it shows: `Weapon Violence:92.6,Drinking:71.2`.

Names are spelt as Rekognition spells them, confidences are percentages. The empty text means "nothing". The same
notation stands in the metadata of an object and in a labels file.
"""

import difflib
import re
from collections.abc import Collection

from gavel_emulator.rekognition.scene import Scene, Seen
from gavel_emulator.rekognition.taxonomy import taxonomy
from gavel_emulator.rekognition.vocabulary import vocabulary

CONTENT_TYPES = ("Animated", "Illustrated")

ENTRY = re.compile(r"(?P<name>[^:@]+?)\s*:\s*(?P<confidence>\d+(?:\.\d+)?)")


class NotationError(ValueError):
    """Names every problem of the text, for the person who wrote it."""


def parse_scene(*, labels: str = "", content_types: str = "", objects: str = "") -> Scene:
    """Raises NotationError with all problems of all three texts."""
    problems: list[str] = []
    scene = Scene(
        moderation=_parse(labels, taxonomy().labels, "a label of the moderation taxonomy 7.0", problems),
        content_types=_parse(content_types, CONTENT_TYPES, "a content type", problems),
        objects=_parse(objects, vocabulary().labels, "a label of the emulator's DetectLabels vocabulary", problems),
    )
    if problems:
        raise NotationError("; ".join(problems))
    return scene


def _parse(text: str, known: Collection[str], kind: str, problems: list[str]) -> tuple[Seen, ...]:
    seen: dict[str, Seen] = {}
    for entry in (part.strip() for part in text.split(",")):
        if not entry and not text.strip():
            continue
        match = ENTRY.fullmatch(entry)
        if match is None:
            problems.append(f"{entry!r} is not of the form <name>:<confidence>")
            continue
        name, confidence = match["name"], float(match["confidence"])
        if name not in known:
            problems.append(f"{name!r} is not {kind}{_nearest(name, known)}")
        elif confidence > 100:
            problems.append(f"the confidence of {name!r} is {match['confidence']}, more than 100")
        elif name in seen:
            problems.append(f"{name!r} is named twice")
        else:
            seen[name] = Seen(name, confidence)
    return tuple(seen.values())


def _nearest(name: str, known: Collection[str]) -> str:
    by_folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    return f"; did you mean {by_folded[near[0]]!r}?" if near else ""
