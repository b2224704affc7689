"""How a human loop ends, and that it ends once."""

import threading
from collections.abc import Callable

import pytest
from gavel_emulator.a2i import engine
from gavel_emulator.a2i.loops import FailureCode, LoopKey, NotNow, Status
from gavel_emulator.a2i.store import NoSuchLoop

from tests.fakes.human_loops import HumanLoops, key


def status(loops: HumanLoops) -> Status:
    return loops.store.get(key()).status


def ends(loops: HumanLoops) -> list[tuple[str, str | None]]:
    return [(event["Detail"]["humanLoopStatus"], event["Detail"]["failureCode"]) for event in loops.world.events]


def test_a_loop_expires_when_its_lifetime_is_over(loops: HumanLoops) -> None:
    loops.start()
    loops.pass_time(minutes=59)
    assert status(loops) is Status.IN_PROGRESS
    loops.pass_time(minutes=1)
    assert status(loops) is Status.FAILED
    assert ends(loops) == [("Failed", "Expired")]
    assert loops.world.events[0]["Detail"]["failureReason"]
    assert loops.world.outputs == {}


def test_answers_given_before_the_expiry_are_kept(loops: HumanLoops) -> None:
    loops.start(task_count=2)
    engine.answer(loops.ports, key(), "w1", {"ruling": "reject"})
    loops.pass_time(hours=1)
    (output,) = loops.world.outputs.values()
    assert [answer["answerContent"] for answer in output["humanAnswers"]] == [{"ruling": "reject"}]


def test_stopping_ends_a_loop_that_nobody_holds_at_once(loops: HumanLoops) -> None:
    loops.start()
    engine.stop(loops.ports, key())
    assert status(loops) is Status.STOPPED
    assert ends(loops) == [("Stopped", None)]


def test_stopping_waits_for_the_worker_who_holds_a_task(loops: HumanLoops) -> None:
    loops.start(task_count=2)
    engine.hold(loops.ports, key(), "w1")
    assert engine.stop(loops.ports, key()).status is Status.STOPPING
    assert loops.world.events == []
    for act in (engine.hold, lambda ports, key, worker: engine.answer(ports, key, worker, {})):
        with pytest.raises(NotNow, match="Stopping"):
            act(loops.ports, key(), "w2")
    engine.answer(loops.ports, key(), "w1", {"ruling": "reject"})
    assert status(loops) is Status.STOPPED
    (output,) = loops.world.outputs.values()
    assert len(output["humanAnswers"]) == 1


def test_a_stopping_loop_stops_when_the_task_is_given_back(loops: HumanLoops) -> None:
    loops.start()
    engine.hold(loops.ports, key(), "w1")
    engine.stop(loops.ports, key())
    engine.release(loops.ports, key(), "w1")
    assert ends(loops) == [("Stopped", None)]


def test_a_stopping_loop_stops_when_the_time_limit_is_over(loops: HumanLoops) -> None:
    loops.start()
    engine.hold(loops.ports, key(), "w1")
    engine.stop(loops.ports, key())
    loops.pass_time(minutes=5)
    assert ends(loops) == [("Stopped", None)]


def test_the_last_answer_of_a_stopping_loop_leaves_it_stopped(loops: HumanLoops) -> None:
    loops.start()
    engine.hold(loops.ports, key(), "w1")
    engine.stop(loops.ports, key())
    assert engine.answer(loops.ports, key(), "w1", {}).status is Status.STOPPED


def test_a_loop_can_complete_with_no_answer_at_all(loops: HumanLoops) -> None:
    loops.start()
    engine.complete_without_more(loops.ports, key())
    (output,) = loops.world.outputs.values()
    assert output["humanAnswers"] == []
    assert ends(loops) == [("Completed", None)]


def test_a_loop_can_fail(loops: HumanLoops) -> None:
    loops.start()
    engine.fail(loops.ports, key(), FailureCode.VALIDATION_ERROR, "The template is broken.")
    detail = loops.world.events[0]["Detail"]
    assert (detail["humanLoopStatus"], detail["failureCode"], detail["failureReason"]) == (
        "Failed",
        "ValidationError",
        "The template is broken.",
    )


def test_a_page_that_cannot_be_rendered_fails_the_loop_soon_after_its_start(loops: HumanLoops) -> None:
    loops.start(template="<crowd-form>\n{{ task.input.image | grant_read_access }}</crowd-form>")
    assert status(loops) is Status.IN_PROGRESS
    loops.publish()
    (event,) = loops.world.events
    assert (event["Detail"]["humanLoopStatus"], event["Detail"]["failureCode"], event["Detail"]["failureReason"]) == (
        "Failed",
        "ValidationError",
        "Task failed to render: [ InvalidParameters: 'line 2: \"grant_read_access\" input is not a valid S3 URI' ].",
    )
    assert loops.world.outputs == {}


def test_a_page_that_can_be_rendered_changes_nothing(loops: HumanLoops) -> None:
    loops.start()
    loops.publish()
    assert (status(loops), ends(loops)) == (Status.IN_PROGRESS, [])


@pytest.mark.parametrize("act", [engine.stop, engine.expire])
def test_a_loop_that_is_over_before_its_page_was_tried_stays_as_it_is(
    loops: HumanLoops, act: Callable[[engine.Ports, LoopKey], object]
) -> None:
    loops.start(template="{{ nonsense | nonsense }}")
    act(loops.ports, key())
    told = ends(loops)
    loops.publish()
    assert ends(loops) == told


def test_a_loop_that_is_deleted_before_its_page_was_tried_is_nobodys(loops: HumanLoops) -> None:
    loops.start(template="{{ nonsense | nonsense }}")
    engine.stop(loops.ports, key())
    engine.delete(loops.ports, key())
    loops.publish()


def test_output_that_cannot_be_written_fails_the_loop(loops: HumanLoops) -> None:
    loops.start()
    loops.world.refusal = "NoSuchBucket"
    engine.answer(loops.ports, key(), "w1", {})
    assert ends(loops) == [("Failed", "ValidationError")]
    assert loops.world.events[0]["Detail"]["failureReason"] == "NoSuchBucket"


Act = Callable[[HumanLoops, LoopKey], object]
ACTS: dict[str, Act] = {
    "answer": lambda loops, key: engine.answer(loops.ports, key, "late", {}),
    "hold": lambda loops, key: engine.hold(loops.ports, key, "late"),
    "fail": lambda loops, key: engine.fail(loops.ports, key, FailureCode.INTERNAL_ERROR, "x"),
    "expire": lambda loops, key: engine.expire(loops.ports, key),
    "complete": lambda loops, key: engine.complete_without_more(loops.ports, key),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_nothing_happens_to_a_loop_that_is_over(loops: HumanLoops, act: Act) -> None:
    loops.start()
    engine.stop(loops.ports, key())
    with pytest.raises(NotNow, match="loop is Stopped"):
        act(loops, key())
    engine.stop(loops.ports, key())
    loops.pass_time(days=1)
    assert ends(loops) == [("Stopped", None)]


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_nothing_happens_to_a_loop_that_does_not_exist(loops: HumanLoops, act: Act) -> None:
    with pytest.raises(NoSuchLoop):
        act(loops, key())


def test_many_answers_at_once_end_a_loop_once(loops: HumanLoops) -> None:
    loops.start(task_count=3)
    together = threading.Barrier(20)
    refused: list[str] = []

    def work(number: int) -> None:
        together.wait()
        try:
            engine.answer(loops.ports, key(), f"w{number}", {})
        except NotNow as refusal:
            refused.append(str(refusal))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 17
    assert loops.world.reports == ["output", "event"]
    assert len(loops.store.get(key()).answers) == 3
