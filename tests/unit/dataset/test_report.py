"""A report needs nothing but itself, and shows file names for what they are."""

import io
import re
from pathlib import Path

from msgspec import structs
from PIL import Image

from cli.dataset.boxes import Written
from cli.dataset.judging import Outcome
from cli.dataset.plan import Limits
from cli.dataset.progress import Progress, Stop
from cli.dataset.report.gallery import Group, Shown
from cli.dataset.report.make import make_report
from cli.dataset.state import State
from cli.dataset.summary import Summary, summarise, told
from tests.unit.dataset.test_plan import plan

HOSTILE = 'photos/<script>alert("1")</script> {{ 7 * 7 }} 鳥.jpg'


def summary(folder: Path, images: int = 100) -> Summary:
    progress = Progress.of(("Bird",))
    for number in range(images):
        found = (Outcome.REJECTED, Outcome.UNCERTAIN, Outcome.KEPT)[number % 3]
        progress.take({"Bird": found}, 30.0 + number % 70)
    with State(folder / "state") as state:
        wanted = plan(band="50-90", limits=Limits(target=5))
        return summarise(wanted, progress, Stop.TARGET, state, paid_now=images, price_usd=0.001)


def groups() -> list[Group]:
    pictures = [Image.new("RGB", (140, 90), (40 * n, 90, 120)) for n in range(5)]
    shown = tuple(Shown(key=HOSTILE, confidence=91.5, picture=each, note="people: yes") for each in pictures)
    gone = (Shown(key="gone.jpg", confidence=90.0, picture=None),)
    return [
        Group(outcome=Outcome.KEPT, title="Kept in Bird", order="the least sure first", total=30, shown=shown + gone),
        Group(outcome=Outcome.REJECTED, title="Rejected", order="the surest first", total=1, shown=gone),
    ]


def test_the_page_is_whole_by_itself(tmp_path: Path) -> None:
    page = make_report(summary(tmp_path), groups()).html.decode()
    assert page.count("data:image/jpeg;base64,") == 5
    assert "<svg" in page
    # Names of namespaces are no addresses that anything is loaded from.
    loaded = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?!data:|#)([^"')\s>]+)""", page)
    assert loaded == []
    assert not re.search(r"<(script|link|iframe)\b", page)


def test_names_of_files_are_text(tmp_path: Path) -> None:
    page = make_report(summary(tmp_path), groups()).html.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "{{ 7 * 7 }}" in page


def test_the_picture_has_room_for_every_group(tmp_path: Path) -> None:
    sheet = Image.open(io.BytesIO(make_report(summary(tmp_path), groups()).png))
    without = Image.open(io.BytesIO(make_report(summary(tmp_path), []).png))
    assert sheet.width == without.width
    assert sheet.height > without.height + 2 * 140


def test_a_long_sentence_has_lines_of_its_own_in_the_picture(tmp_path: Path) -> None:
    short = summary(tmp_path)
    long = structs.replace(short, meaning=" ".join([short.meaning] * 8))
    one, other = (Image.open(io.BytesIO(make_report(each, []).png)) for each in (short, long))
    assert other.height > one.height


def test_a_run_of_nothing_has_a_report_too(tmp_path: Path) -> None:
    assert make_report(summary(tmp_path, images=0), []).html


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    one, other = summary(tmp_path), groups()
    assert make_report(one, other).html == make_report(one, other).html


def test_it_is_told_in_lines_that_a_terminal_has_room_for(tmp_path: Path) -> None:
    lines = told(summary(tmp_path))
    assert lines[0].startswith("Stopped by: target. Enough were found")
    assert "33 hits from 90 on, 50-90 to people: a hit rate of 33.0%" in lines[1]


def test_images_without_boxes_are_told(tmp_path: Path) -> None:
    whole = structs.replace(summary(tmp_path), boxes=Written(images=10, boxes=1234, without=0))
    assert told(whole)[-1] == "1,234 boxes on 10 images"
    assert "; 2 that have none" in told(structs.replace(whole, boxes=Written(images=10, boxes=12, without=2)))[-1]
