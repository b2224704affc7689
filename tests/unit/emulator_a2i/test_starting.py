"""Loops under their names, within their quota; events lost and doubled."""

import pytest
from gavel_emulator.a2i import engine
from gavel_emulator.a2i.loops import NotNow, Status
from gavel_emulator.a2i.refusals import Refused
from gavel_emulator.a2i.store import NoSuchLoop

from tests.fakes.human_loops import FLOW_ARN, HumanLoops, key


def status(loops: HumanLoops) -> Status:
    return loops.store.get(key()).status


def ends(loops: HumanLoops) -> list[tuple[str, str | None]]:
    return [(event["Detail"]["humanLoopStatus"], event["Detail"]["failureCode"]) for event in loops.world.events]


def test_a_repeat_gets_the_same_loop(loops: HumanLoops) -> None:
    loops.start()
    loops.pass_time(minutes=1)
    loops.start()
    assert loops.store.get(key()).created_at < loops.now
    engine.stop(loops.ports, key())
    loops.start()
    assert status(loops) is Status.STOPPED


def test_other_input_under_the_same_name_is_a_conflict(loops: HumanLoops) -> None:
    loops.start()
    with pytest.raises(Refused) as caught:
        loops.start(content='{"mediaId":"other"}')
    assert (caught.value.code, caught.value.status) == ("ConflictException", 409)


def test_a_name_is_free_after_deleting_and_a_running_loop_cannot_be_deleted(loops: HumanLoops) -> None:
    loops.start()
    with pytest.raises(NotNow, match="stop it first"):
        engine.delete(loops.ports, key())
    engine.stop(loops.ports, key())
    engine.delete(loops.ports, key())
    with pytest.raises(NoSuchLoop):
        loops.store.get(key())
    loops.start(content='{"mediaId":"other"}')


def test_an_alarm_for_a_deleted_loop_is_silent(loops: HumanLoops) -> None:
    loops.start()
    engine.stop(loops.ports, key())
    engine.delete(loops.ports, key())
    loops.pass_time(hours=2)


def test_an_alarm_of_a_deleted_loop_does_not_expire_its_successor(loops: HumanLoops) -> None:
    loops.start()
    engine.stop(loops.ports, key())
    engine.delete(loops.ports, key())
    loops.pass_time(minutes=30)
    loops.start()
    loops.pass_time(minutes=30)
    assert status(loops) is Status.IN_PROGRESS


def test_the_quota_counts_loops_in_flight_of_one_flow_definition(loops: HumanLoops) -> None:
    loops.settings.turn(FLOW_ARN, in_flight_quota=2, event_copies=None)
    loops.start("a")
    engine.hold(loops.ports, loops.start("b"), "w")
    engine.stop(loops.ports, key("b"))
    with pytest.raises(Refused) as caught:
        loops.start("c")
    assert (caught.value.code, caught.value.status) == ("ServiceQuotaExceededException", 402)
    loops.start("a")
    engine.stop(loops.ports, key("a"))
    loops.start("c")


@pytest.mark.parametrize(("team", "quota"), [("private-crowd/team", 5_000), ("public-crowd/default", 1_000)])
def test_as_many_loops_are_in_flight_as_aws_allows(loops: HumanLoops, team: str, quota: int) -> None:
    workteam = f"arn:aws:sagemaker:us-east-1:111122223333:workteam/{team}"
    for number in range(quota):
        loops.start(f"loop-{number}", workteam_arn=workteam)
    with pytest.raises(Refused) as caught:
        loops.start("one-more", workteam_arn=workteam)
    assert caught.value.code == "ServiceQuotaExceededException"
    engine.stop(loops.ports, key("loop-7"))
    loops.start("one-more", workteam_arn=workteam)


def test_events_can_be_lost_and_doubled(loops: HumanLoops) -> None:
    for copies in (0, 2):
        loops.settings.turn(FLOW_ARN, in_flight_quota=None, event_copies=copies)
        engine.stop(loops.ports, loops.start(f"copies-{copies}"))
    assert [event["Detail"]["humanLoopName"] for event in loops.world.events] == ["copies-2", "copies-2"]
    loops.settings.reset(None)
    engine.stop(loops.ports, loops.start("after"))
    assert len(loops.world.events) == 3


def test_loops_of_a_deleted_flow_definition_are_cut_off_even_while_held(loops: HumanLoops) -> None:
    loops.start()
    engine.hold(loops.ports, key(), "w1")
    engine.cut_off(loops.ports, FLOW_ARN)
    assert ends(loops) == [("Stopped", None)]
