"""The demo's media: small pictures drawn here, and two videos, each made to take one path through the pipeline.

What the emulated Rekognition sees in them is written in its object metadata (`emulator/README.md`).
"""

import io
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from shared.contracts.cloudevents import CloudEvent, encode, event_id
from shared.contracts.messages import MEDIA_SUBMITTED, MediaRef, MediaSubmitted
from shared.contracts.words import Action, DecidedBy

SIZE = (320, 240)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One picture or video, and what should become of it. `answer` is what the scripted reviewer says if asked, and of
    each segment of a video whether it is `shown`."""

    name: str
    path: str
    body: bytes
    labels: str = ""
    content_types: str = ""
    answer: Action | None = None
    shown: tuple[bool, ...] = ()
    verdict: Action | None = None
    decided_by: DecidedBy | None = None
    quarantined: str | None = None
    by_upload_alone: bool = False

    @property
    def answer_content(self) -> Mapping[str, Any]:
        """The scripted reviewer's answer, as the pages of images and of videos have it."""
        segments = {
            f"segment-{number}": {"confirmed": is_shown, "absent": not is_shown, "other": False}
            for number, is_shown in enumerate(self.shown, 1)
        }
        return {"ruling": {choice: choice is self.answer for choice in Action}, **segments}

    @property
    def metadata(self) -> Mapping[str, str]:
        told = {"gavel-labels": self.labels, "gavel-content-types": self.content_types}
        return {name: text for name, text in told.items() if text}


@dataclass(frozen=True, slots=True, kw_only=True)
class BadEvent:
    """A message that is no acceptable event, and the reason that it should be quarantined with."""

    name: str
    path: str
    body: str
    quarantined: str


def samples() -> list[Sample]:
    """Every sample, in the order of the table. The copy comes after what it is a copy of."""
    beach = _picture("beach", "JPEG")
    return [
        Sample(name="beach.jpg", path="nothing to see", body=beach, verdict=Action.APPROVE, decided_by=DecidedBy.MODEL),
        Sample(
            name="toast.jpg",
            path="policy restricts",
            body=_picture("toast", "JPEG"),
            labels="Drinking:96.1",
            verdict=Action.RESTRICT,
            decided_by=DecidedBy.MODEL,
        ),
        Sample(
            name="gunfight.png",
            path="policy rejects, alerts",
            body=_picture("gunfight", "PNG"),
            labels="Weapon Violence:98.4",
            verdict=Action.REJECT,
            decided_by=DecidedBy.MODEL,
        ),
        Sample(
            name="costume.jpg",
            path="a person approves",
            body=_picture("costume", "JPEG"),
            labels="Weapons:71.3",
            answer=Action.APPROVE,
            verdict=Action.APPROVE,
            decided_by=DecidedBy.HUMAN,
        ),
        Sample(
            name="brawl.jpg",
            path="a person rejects",
            body=_picture("brawl", "JPEG"),
            labels="Physical Violence:78.9",
            answer=Action.REJECT,
            verdict=Action.REJECT,
            decided_by=DecidedBy.HUMAN,
        ),
        Sample(
            name="meme.webp",
            path="WebP, normalised",
            body=_picture("meme", "WEBP"),
            content_types="Illustrated:93.9",
            verdict=Action.APPROVE,
            decided_by=DecidedBy.MODEL,
        ),
        Sample(
            name="party.gif",
            path="GIF, normalised",
            body=_picture("party", "GIF"),
            labels="Alcoholic Beverages:97.2",
            verdict=Action.RESTRICT,
            decided_by=DecidedBy.MODEL,
        ),
        Sample(
            name="été + sun.jpg",
            path="upload alone",
            body=_picture("summer", "JPEG"),
            verdict=Action.APPROVE,
            decided_by=DecidedBy.MODEL,
            by_upload_alone=True,
        ),
        Sample(
            name="beach-again.jpg",
            path="same bytes again",
            body=beach,
            verdict=Action.APPROVE,
            decided_by=DecidedBy.REUSE,
        ),
        Sample(
            name="parade.mp4",
            path="video, nothing to see",
            body=_film("parade"),
            verdict=Action.APPROVE,
            decided_by=DecidedBy.MODEL,
        ),
        Sample(
            name="street.mp4",
            path="video, people reject",
            body=_film("street"),
            labels="Weapons@1000-2500:71.3,Physical Violence@5000-6500:78.9",
            answer=Action.REJECT,
            shown=(False, True),
            verdict=Action.REJECT,
            decided_by=DecidedBy.HUMAN,
        ),
        Sample(
            name="holiday.jpg",
            path="not an image",
            body=b"Dear diary, today I renamed a text file.\n" * 20,
            quarantined="not-media",
        ),
    ]


def bad_events() -> list[BadEvent]:
    return [
        BadEvent(name="(event)", path="not JSON", body="{oops", quarantined="not-json"),
        BadEvent(
            name="(event)",
            path="bucket not allowed",
            body=submitted(MediaRef(bucket="somebody-elses-bucket", key="stolen.jpg"), "stolen"),
            quarantined="bucket-not-allowed",
        ),
    ]


def submitted(media: MediaRef, subject: str) -> str:
    """The event that a producer sends for one piece of media."""
    event = CloudEvent(
        id=event_id(MEDIA_SUBMITTED, subject),
        source="gavel/demo",
        type=MEDIA_SUBMITTED,
        subject=subject,
        time=datetime.now(UTC),
        data=MediaSubmitted(media=media),
    )
    return encode(event)


def _film(title: str) -> bytes:
    """What `cli.demo.films` has drawn."""
    return (Path(__file__).parent / f"{title}.mp4").read_bytes()


def _picture(title: str, format_: str) -> bytes:
    """A picture of coloured shapes, the same one every time for the same title."""
    chance = random.Random(title)  # noqa: S311  art, not secrets
    image = Image.new("RGB", SIZE, _colour(chance))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, size = chance.randrange(SIZE[0]), chance.randrange(SIZE[1]), chance.randrange(20, 90)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=_colour(chance))
    draw.text((12, 12), title, fill="white", stroke_width=1, stroke_fill="black")
    target = io.BytesIO()
    image.save(target, format_)
    return target.getvalue()


def _colour(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)
