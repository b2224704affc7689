"""Which tasks a service starts and stops next."""

from gavel_emulator.ecs.schedule import Changes, Standing, changes, restart_delay_s


def task(id_: str, *, current: bool = True, running: bool = True, steady: bool = True) -> Standing:
    return Standing(id=id_, current=current, running=running, steady=running and steady)


def plan(desired: int, *tasks: Standing, minimum: int = 100, maximum: int = 200) -> Changes:
    return changes(desired, tasks, minimum_percent=minimum, maximum_percent=maximum)


def test_missing_tasks_are_started() -> None:
    assert plan(3, task("a")) == Changes(start=2, stop=())


def test_nothing_changes_when_the_count_is_right() -> None:
    assert plan(2, task("a"), task("b", running=False)) == Changes(start=0, stop=())


def test_scaling_in_stops_what_has_proven_itself_least() -> None:
    assert plan(1, task("new", steady=False), task("old"), task("waiting", running=False)) == Changes(
        start=0, stop=("new", "waiting")
    )


def test_no_desired_task_stops_all_of_every_deployment() -> None:
    assert plan(0, task("a"), task("b", current=False)) == Changes(start=0, stop=("a", "b"))


def test_a_new_deployment_starts_before_the_old_one_stops() -> None:
    assert plan(1, task("old", current=False)) == Changes(start=1, stop=())


def test_the_old_task_stays_until_the_new_one_is_steady() -> None:
    old = task("old", current=False)
    assert plan(1, old, task("new", steady=False)) == Changes(start=0, stop=())
    assert plan(1, old, task("new")) == Changes(start=0, stop=("old",))


def test_the_maximum_limits_how_many_start_at_once() -> None:
    olds = [task(str(number), current=False) for number in range(4)]
    assert plan(4, *olds, maximum=150).start == 2


def test_the_minimum_limits_how_many_old_ones_stop() -> None:
    olds = [task(str(number), current=False) for number in range(4)]
    assert plan(4, *olds, minimum=50, maximum=100) == Changes(start=0, stop=("0", "1"))


def test_an_old_task_that_never_ran_is_stopped_at_once() -> None:
    tasks = (task("old", current=False), task("broken", current=False, running=False))
    assert plan(2, *tasks).stop == ("broken",)


def test_limits_that_leave_no_room_still_let_a_deployment_go_on() -> None:
    assert plan(1, task("old", current=False), minimum=100, maximum=100).start == 1


def test_every_deployment_comes_to_its_end() -> None:
    for desired in range(5):
        for minimum, maximum in ((0, 100), (50, 100), (50, 150), (100, 200), (100, 100)):
            tasks = [task(f"old{number}", current=False) for number in range(3)]
            for step in range(50):
                step_plan = plan(desired, *tasks, minimum=minimum, maximum=maximum)
                tasks = [known for known in tasks if known.id not in step_plan.stop]
                tasks += [task(f"new{step}-{number}") for number in range(step_plan.start)]
            assert [known.current for known in tasks] == [True] * desired


def test_the_first_restart_comes_at_once_and_later_ones_ever_later() -> None:
    delays = [restart_delay_s(short_lives) for short_lives in range(12)]
    assert delays[:5] == [0, 0, 0.5, 1, 2]
    assert delays == sorted(delays)
    assert delays[-1] == 30
