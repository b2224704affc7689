"""What people say finishes a set: in the order of the run, up to the target, and the same however often."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.dataset.filtering import SUMMARY
from cli.dataset.finishing import Opened, finish, standings
from cli.dataset.judging import Outcome
from cli.dataset.people import Backend, Ruling, open_loops
from cli.dataset.plan import Limits, Plan
from cli.dataset.session import Session
from cli.dataset.state import State
from cli.dataset.summary import summarise
from cli.runs import RunProblem
from tests.fakes.dataset import FakePeople, FakeRepository, Planted, picture, repository
from tests.unit.dataset.scanning import scan
from tests.unit.dataset.test_plan import plan

HIT, DOUBT, MISS = {"Robin": 95.0}, {"Robin": 70.0}, {"Dog": 99.0}


@dataclass(frozen=True, kw_only=True)
class World:
    fake: FakeRepository
    people: FakePeople
    run: Opened
    session: Session

    def say(self, **rulings: Ruling) -> None:
        """By the number in the key."""
        for placed in self.run.state.places("Bird", Outcome.UNCERTAIN):
            ruling = rulings.get(f"n{int(placed.key[:3])}")
            if ruling is not None and placed.loop is not None:
                self.people.rulings[placed.loop] = ruling

    async def finish(self, *, now: bool = False) -> int:
        summary = await finish(self.run, self.session, self.people, now=now)
        return summary.folders["Bird"].kept

    @property
    def kept(self) -> list[str]:
        return sorted(key for key in self.fake.copies if key.startswith("Bird/"))


@asynccontextmanager
async def world(shows: Sequence[dict[str, float]] | FakeRepository, folder: Path, **more: Any) -> AsyncIterator[World]:
    """A run that has come to its end, with its questions asked."""
    fake = shows if isinstance(shows, FakeRepository) else repository(shows)
    wanted: Plan = plan(source="s3://raw", dest="s3://sets", band="50-90", **more)
    done = await scan(fake, wanted, folder)
    people = FakePeople()
    with State(folder / "state.sqlite") as state:
        summary = summarise(wanted, done.progress, done.stop, state, paid_now=done.paid, price_usd=0.001)
        state.keep_fact(SUMMARY, summary)
        await open_loops(wanted, state, fake, Backend(people=people, work_bucket="work"))
        session = Session(region="us-east-1", clients={"s3": fake}, outputs=None)
        yield World(fake=fake, people=people, run=Opened(plan=wanted, state=state), session=session)


async def test_answers_count_in_the_order_of_the_run_whoever_answers_first(tmp_path: Path) -> None:
    async with world([DOUBT, HIT, DOUBT, DOUBT, MISS, DOUBT], tmp_path, limits=Limits(target=3)) as there:
        there.say(n5=Ruling.YES, n3=Ruling.YES, n2=Ruling.YES, n0=Ruling.NO)
        assert await there.finish() == 3
        assert there.kept == ["Bird/001.jpg", "Bird/002.jpg", "Bird/003.jpg"]
        (standing,) = await standings(there.run, there.people)
        assert (standing.kept, standing.yes, standing.no, standing.waiting) == (3, 2, 1, 0)
        assert standing.finished_at is not None
        assert await there.finish() == 3
        assert len(there.kept) == 3


async def test_a_set_is_not_finished_while_people_are_at_it_unless_that_is_asked_for(tmp_path: Path) -> None:
    async with world([DOUBT, DOUBT, DOUBT], tmp_path) as there:
        there.say(n0=Ruling.YES, n2=Ruling.NONE)
        with pytest.raises(RunProblem, match="1 answers are still to come"):
            await there.finish()
        assert there.kept == []
        assert await there.finish(now=True) == 1
        assert there.kept == ["Bird/000.jpg"]
        assert len(there.people.stopped) == 1


async def test_nobody_is_asked_about_what_a_full_folder_has_no_room_for(tmp_path: Path) -> None:
    async with world([DOUBT, HIT, HIT], tmp_path, limits=Limits(target=2)) as there:
        assert there.people.asked == {}
        (standing,) = await standings(there.run, there.people)
        assert (standing.waiting, standing.unasked) == (0, 1)


async def test_what_looks_like_a_kept_image_is_no_second_one(tmp_path: Path) -> None:
    images = {"000.jpg": (picture(1, (400, 300)), DOUBT), "001.jpg": (picture(1, (200, 150)), HIT)}
    fake = FakeRepository({key: Planted(content=content, shows=shows) for key, (content, shows) in images.items()})
    async with world(fake, tmp_path) as there:
        there.say(n0=Ruling.YES)
        assert await there.finish() == 1
        assert there.kept == ["Bird/001.jpg"]


async def test_an_enlarged_run_keeps_what_people_have_put_in(tmp_path: Path) -> None:
    async with world([DOUBT, HIT, HIT], tmp_path, limits=Limits(target=2, max_scan=2)) as there:
        there.say(n0=Ruling.YES)
        assert await there.finish() == 2
    wanted = plan(source="s3://raw", dest="s3://sets", band="50-90", limits=Limits(target=3))
    done = await scan(there.fake, wanted, tmp_path)
    assert done.progress.folders["Bird"].kept == 3
    assert there.kept == ["Bird/000.jpg", "Bird/001.jpg", "Bird/002.jpg"]
    assert len(there.fake.calls) == 3


async def test_pictures_are_shown_from_where_reviewers_may_look_and_asked_about_once(tmp_path: Path) -> None:
    async with world([DOUBT, DOUBT], tmp_path) as there:
        shown = [key for key in there.fake.copies if key.startswith(f"derivatives/dataset/{there.run.plan.run}/")]
        assert len(shown) == len(there.people.asked) == 2
        await open_loops(there.run.plan, there.run.state, there.fake, Backend(people=there.people, work_bucket="work"))
        assert len(there.people.asked) == 2


async def test_reports_and_state_are_left_at_the_destination(tmp_path: Path) -> None:
    async with world([DOUBT, HIT], tmp_path, with_boxes=True) as there:
        await there.finish(now=True)
        at = f".gavel/{there.run.plan.run}"
        assert there.fake.written == {
            *(f"{at}/{name}" for name in ("report.html", "report.png", "state.sqlite.gz")),
            *("Bird.manifest", "Bird.coco.json"),
        }
