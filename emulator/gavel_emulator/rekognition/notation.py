"""The notation in which a picture is told what it shows: `Weapon Violence:92.6,Drinking:71.2`.

Names are spelt as Rekognition spells them, confidences are percentages. The empty text means "nothing". An object of
DetectLabels may be followed by where its instances are, `Robin:91@0.1/0.2/0.3/0.4@0.5/0.5/0.2/0.2/88`: left, top, width
and height as ratios of the picture, and the box's own confidence where it differs. The same notation stands in the
metadata of an object and in a labels file.
"""

import difflib
import re
from collections.abc import Collection

from gavel_emulator.rekognition.scene import Box, Scene, Seen
from gavel_emulator.rekognition.taxonomy import taxonomy
from gavel_emulator.rekognition.vocabulary import vocabulary

CONTENT_TYPES = ("Animated", "Illustrated")

ENTRY = re.compile(r"(?P<name>[^:@]+?)\s*:\s*(?P<confidence>\d+(?:\.\d+)?)(?P<boxes>(?:@[\d./]+)*)")
ROUNDING = 1e-6
"""By so much a box of decimal fractions may pass the picture's edge."""


class NotationError(ValueError):
    """Names every problem of the text, for the person who wrote it."""


def parse_scene(*, labels: str = "", content_types: str = "", objects: str = "") -> Scene:
    """Raises NotationError with all problems of all three texts."""
    problems: list[str] = []
    scene = Scene(
        moderation=_parse(labels, taxonomy().labels, "a label of the moderation taxonomy 7.0", problems),
        content_types=_parse(content_types, CONTENT_TYPES, "a content type", problems),
        objects=_parse(
            objects, vocabulary().labels, "a label of the emulator's DetectLabels vocabulary", problems, boxes=True
        ),
    )
    if problems:
        raise NotationError("; ".join(problems))
    return scene


def _parse(
    text: str, known: Collection[str], kind: str, problems: list[str], *, boxes: bool = False
) -> tuple[Seen, ...]:
    seen: dict[str, Seen] = {}
    for entry in (part.strip() for part in text.split(",")):
        if not entry and not text.strip():
            continue
        match = ENTRY.fullmatch(entry)
        if match is None or (match["boxes"] and not boxes):
            form = "<name>:<confidence>[@<left>/<top>/<width>/<height>]…" if boxes else "<name>:<confidence>"
            problems.append(f"{entry!r} is not of the form {form}")
            continue
        name, confidence = match["name"], float(match["confidence"])
        if name not in known:
            problems.append(f"{name!r} is not {kind}{nearest(name, known)}")
        elif confidence > 100:
            problems.append(f"the confidence of {name!r} is {match['confidence']}, more than 100")
        elif name in seen:
            problems.append(f"{name!r} is named twice")
        else:
            seen[name] = Seen(name, confidence, _boxes(match["boxes"], confidence, problems))
    return tuple(seen.values())


def _boxes(text: str, confidence: float, problems: list[str]) -> tuple[Box, ...]:
    found: list[Box] = []
    for part in text.split("@")[1:]:
        try:
            left, top, width, height, *own = (float(number) for number in part.split("/"))
            (sure,) = own or (confidence,)
        except ValueError:
            problems.append(f"the box {part!r} is not of the form <left>/<top>/<width>/<height>[/<confidence>]")
            continue
        is_inside = left + width <= 1 + ROUNDING and top + height <= 1 + ROUNDING
        if not (is_inside and width > 0 and height > 0 and sure <= 100):
            problems.append(f"the box {part!r} is not a part of the picture: its sides are ratios from 0 to 1")
            continue
        found.append(Box(left=left, top=top, width=width, height=height, confidence=sure))
    return tuple(found)


def nearest(name: str, known: Collection[str]) -> str:
    """What a message about an unknown name ends with: the known name that may have been meant, if there is one."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    return f"; did you mean {by_folded[near[0]]!r}?" if near else ""
