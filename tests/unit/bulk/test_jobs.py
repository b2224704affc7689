"""Media analysis jobs: manifests of what one takes, a few at a time, nothing asked twice, every failure told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli.bulk import jobs as bulk_jobs
from cli.bulk.jobs import Jobs
from cli.bulk.plan import Mode, Plan
from cli.bulk.sources import Line
from cli.bulk.state import Stage, State
from cli.runs import RunProblem
from tests.fakes.media_analysis import FakeMediaAnalysis

ADAPTER = "arn:aws:rekognition:us-east-1:111122223333:project/p/version/v/1700000000000"
PLAN = Plan(run="autumn", source="s3://shop/", mode=Mode.MEDIA_ANALYSIS, stack="dev", min_confidence=20.0)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state.sqlite") as state:
        yield state


def fill(state: State, images: int) -> None:
    state.add_lines([Line(number=number, ref=ref(number)) for number in range(1, images + 1)])


def ref(number: int) -> str:
    return f"s3://shop/{number:05}.jpg"


def asking(rekognition: FakeMediaAnalysis, state: State, plan: Plan = PLAN, **more: Any) -> Jobs:
    defaults: dict[str, Any] = {
        "may_begin": lambda: True,
        "goes_on": lambda: True,
        "watch": lambda: None,
        "poll_s": 0.0,
    }
    return Jobs(rekognition=rekognition, s3=rekognition, bucket="evidence", plan=plan, state=state, **defaults | more)


async def test_10001_images_are_two_jobs_and_every_one_has_its_result(state: State) -> None:
    rekognition = FakeMediaAnalysis()
    fill(state, 10_001)
    await asking(rekognition, state).run()
    assert [len(job.lines) for job in rekognition.jobs.values()] == [10_000, 1]
    counts = state.counts()
    assert (counts.done, counts.images) == (10_001, 10_001)
    assert all(told.answer is not None for told in state.told())


async def test_a_manifest_stays_within_its_bytes(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_jobs, "MAX_BYTES", 4 * len(b'{"source-ref":"s3://shop/00001.jpg"}\n'))
    rekognition = FakeMediaAnalysis()
    fill(state, 10)
    await asking(rekognition, state).run()
    assert [len(job.lines) for job in rekognition.jobs.values()] == [4, 4, 2]


async def test_what_is_asked_for_is_in_the_request(state: State) -> None:
    rekognition = FakeMediaAnalysis()
    fill(state, 1)
    await asking(rekognition, state, msgspec.structs.replace(PLAN, adapter=ADAPTER)).run()
    ((token, job),) = rekognition.jobs.items()
    (manifest,) = (key for key in rekognition.objects if key.startswith("bulk/autumn/manifest-00001-"))
    assert job.request == {
        "ClientRequestToken": token,
        "JobName": "autumn",
        "OperationsConfig": {"DetectModerationLabels": {"MinConfidence": 20.0, "ProjectVersion": ADAPTER}},
        "Input": {"S3Object": {"Bucket": "evidence", "Name": manifest}},
        "OutputConfig": {"S3Bucket": "evidence", "S3KeyPrefix": "bulk/autumn/out/"},
    }


async def test_errors_and_silence_are_told_of_their_lines(state: State) -> None:
    rekognition = FakeMediaAnalysis(gone=frozenset({ref(2)}), silent=frozenset({ref(3)}))
    fill(state, 4)
    await asking(rekognition, state).run()
    assert [(error.line, error.code) for error in state.errors()] == [(2, "INVALID_S3_OBJECT"), (3, "NO_RESULT")]


async def test_an_odd_line_is_an_error_of_its_object_and_no_clean_image(state: State) -> None:
    rekognition = FakeMediaAnalysis(odd={
        ref(1): json.dumps({"source-ref": ref(1), "detect-moderation-labels": {}}),
        ref(2): json.dumps({"source-ref": ref(2), "detect-moderation-labels": {"ModerationLabels": [{"Name": 1}]}}),
        ref(3): "[" * 100_000,
        ref(4): json.dumps({"source-ref": 4}),
    })  # fmt: skip
    fill(state, 5)
    await asking(rekognition, state).run()
    assert [(error.line, error.code) for error in state.errors()] == [
        (1, "UNREADABLE_RESULT"),
        (2, "UNREADABLE_RESULT"),
        (3, "NO_RESULT"),
        (4, "NO_RESULT"),
    ]
    assert [told.number for told in state.told() if told.answer] == [5]


async def test_an_error_is_that_of_the_object_that_it_names_whatever_line_is_told(state: State) -> None:
    rekognition = FakeMediaAnalysis(gone=frozenset({ref(2)}), silent=frozenset({ref(3)}), off=1)
    fill(state, 3)
    await asking(rekognition, state).run()
    assert [(error.line, error.code) for error in state.errors()] == [(2, "INVALID_S3_OBJECT"), (3, "NO_RESULT")]


async def test_jobs_wait_for_the_account_s_room(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_jobs, "MAX_IMAGES", 1)
    rekognition = FakeMediaAnalysis(most=2)
    fill(state, 7)
    await asking(rekognition, state).run()
    assert (len(rekognition.jobs), rekognition.most_at_once, state.counts().done) == (7, 2, 7)


async def test_a_job_that_a_crash_has_left_is_found_again(state: State) -> None:
    rekognition = FakeMediaAnalysis()
    fill(state, 3)
    begun = asking(rekognition, state)

    class Killed(Exception):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(State, "part_started", killed)
        with pytest.raises(Killed):
            await begun.run()
    await asking(rekognition, state).run()
    assert (len(rekognition.jobs), state.counts().done) == (1, 3)


async def test_a_run_of_the_same_name_elsewhere_has_its_own_manifest_and_job(state: State, tmp_path: Path) -> None:
    rekognition = FakeMediaAnalysis()
    fill(state, 3)
    await asking(rekognition, state).run()
    for number, (images, plan) in enumerate(
        [(3, PLAN), (4, PLAN), (3, msgspec.structs.replace(PLAN, adapter=ADAPTER))]
    ):
        with State(tmp_path / f"{number}" / "state.sqlite") as elsewhere:
            fill(elsewhere, images)
            await asking(rekognition, elsewhere, plan).run()
            assert elsewhere.counts().done == images
    assert [len(job.lines) for job in rekognition.jobs.values()] == [3, 4, 3]
    assert len([key for key in rekognition.objects if "manifest-" in key]) == 2


async def test_what_a_crash_has_left_undivided_is_asked_about_too(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_jobs, "MAX_IMAGES", 2)
    rekognition = FakeMediaAnalysis()
    fill(state, 5)
    state.keep_part(1, state.undivided(after=0, limit=2))
    await asking(rekognition, state).run()
    assert ([len(job.lines) for job in rekognition.jobs.values()], state.counts().done) == ([2, 2, 1], 5)


async def test_a_job_that_fails_by_chance_has_another(state: State) -> None:
    rekognition = FakeMediaAnalysis(failures=["INTERNAL_ERROR", "THROTTLED"])
    fill(state, 2)
    await asking(rekognition, state).run()
    assert (len(rekognition.jobs), state.counts().done) == (3, 2)


async def test_a_job_that_fails_for_good_is_told_and_going_on_starts_another(state: State) -> None:
    rekognition = FakeMediaAnalysis(failures=["ACCESS_DENIED"])
    fill(state, 2)
    with pytest.raises(RunProblem, match="failed with ACCESS_DENIED"):
        await asking(rekognition, state).run()
    await asking(rekognition, state).run()
    assert (len(rekognition.jobs), state.counts().done) == (2, 2)


async def test_a_closed_account_is_told_the_other_way(state: State) -> None:
    fill(state, 1)
    with pytest.raises(RunProblem, match="--mode fan-out"):
        await asking(FakeMediaAnalysis(is_closed=True), state).run()


async def test_a_cancelled_run_begins_no_job_and_waits_for_those_that_run(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_jobs, "MAX_IMAGES", 1)
    monkeypatch.setattr(bulk_jobs, "AT_A_TIME", 2)
    rekognition = FakeMediaAnalysis()
    fill(state, 5)
    await asking(rekognition, state, may_begin=lambda: len(rekognition.jobs) < 2).run()
    assert (len(rekognition.jobs), state.counts().done) == (2, 2)


async def test_judged_images_go_on_with_the_place_of_their_answers(state: State) -> None:
    rekognition = FakeMediaAnalysis()
    fill(state, 3)
    await asking(rekognition, state, msgspec.structs.replace(PLAN, policy="standard")).run()
    images = state.images(Stage.NEW)
    assert [image.ref for image in images] == [ref(1), ref(2), ref(3)]
    for image in images:
        place = image.delivered
        assert place is not None
        assert image.asked_at is not None
        content = rekognition.objects[place.uri.removeprefix("s3://evidence/")]
        line = content[place.offset : place.offset + place.size_bytes]
        assert msgspec.json.decode(line)["source-ref"] == image.ref
