"""The page for videos: jumped through, looped and answered by keyboard, veiled and silent until asked."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import FrameLocator, Locator, expect

from services.review.domain.tasks import answers
from services.review.templates.generate import video_custom
from shared.contracts.words import Action
from tests.browser.chromium import DEADLINE_MS
from tests.browser.desk import Desk
from tests.unit.desk.cases import STANDARD, segment, video_input
from tests.unit.review.cases import AT

pytestmark = pytest.mark.asyncio(loop_scope="session")

VIDEO = video_custom(STANDARD)
VEILED, CLEAR = "blur(28px) grayscale(1)", "blur(0px) grayscale(0)"
HOSTILE = '"><img src=x onerror="document.title=1"><script>document.title=2</script>{{ task.input }}'


def _read(content: dict[str, Any], **changes: Any) -> tuple[Action, list[tuple[str, int, int]]]:
    """What REVIEW makes of this answer: the ruling, and label, start and end of each segment."""
    output = {
        "humanAnswers": [{"workerId": "ef7294f850a3d9d1", "answerContent": content}],
        "inputContent": video_input(**changes),
    }
    (answer,) = answers(output, STANDARD, 1, AT)
    return answer.action, [(each.label, each.start_ms, each.end_ms) for each in answer.segments]


async def _press(desk: Desk, *keys: str) -> None:
    await desk.focus()
    for key in keys:
        await desk.page.keyboard.press(key)


def _film(task: FrameLocator) -> Locator:
    return task.locator("video")


def _row(task: FrameLocator, number: int) -> Locator:
    return task.locator(".gavel-segment").nth(number - 1)


async def _open(desk: Desk, **changes: Any) -> FrameLocator:
    """The task, as soon as its video can be jumped through."""
    task = await desk.open(VIDEO, video_input(**changes))
    await _until(task, lambda film: film["ready"] >= 1)
    return task


async def _state(task: FrameLocator) -> dict[str, Any]:
    state: dict[str, Any] = await _film(task).evaluate(
        """v => ({at: v.currentTime, paused: v.paused, muted: v.muted, ready: v.readyState,
                  filter: getComputedStyle(v).filter})"""
    )
    return state


async def _until(task: FrameLocator, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The player's state, as soon as it is like this."""
    waited_ms = 0
    while not holds(state := await _state(task)):
        assert waited_ms < DEADLINE_MS, state
        await task.locator("body").evaluate("() => new Promise((done) => setTimeout(done, 50))")
        waited_ms += 50
    return state


async def test_nothing_is_chosen_shown_clearly_heard_or_played_beforehand(desk: Desk) -> None:
    task = await _open(desk)
    await expect(task.locator(":checked:not(option)")).to_have_count(0)
    state = await _state(task)
    assert (state["paused"], state["muted"], state["filter"], state["at"]) == (True, True, VEILED, 0)
    await _press(desk, "b", "g", "m")
    state = await _until(task, lambda film: film["filter"] == CLEAR)
    assert state["muted"] is False
    await _press(desk, "m", "b", "g")
    state = await _until(task, lambda film: film["filter"] == VEILED)
    assert state["muted"] is True


async def test_a_video_takes_the_keyboard_alone(desk: Desk) -> None:
    task = await _open(desk)
    await _press(desk, "j", "1", "j", "2", "j", "3")
    other = _row(task, 3).get_by_label("What it shows instead")
    await expect(other).to_be_focused()
    await desk.page.keyboard.type("Drinking")
    await desk.page.keyboard.press("Enter")
    await expect(_row(task, 3).locator(".gavel-go")).to_be_focused()
    await expect(task.locator("#gavel-progress")).to_have_text("3 of 3 answered.")
    await _press(desk, "d", "Enter")
    content = await desk.answer()
    assert content["segment-1"] == {"confirmed": True, "absent": False, "other": False}
    assert "other-1" not in content
    assert content["other-3"] == "Drinking"
    assert _read(content) == (Action.REJECT, [("Weapon Violence", 1_500, 3_000), ("Drinking", 6_000, 8_000)])


async def test_jumping_plays_the_segment_and_stops_behind_it(desk: Desk) -> None:
    task = await _open(desk)
    await _press(desk, "j", "j", "j")
    await expect(_row(task, 3)).to_have_attribute("aria-current", "true")
    await expect(task.get_by_role("status")).to_have_text("Segment 3 of 3")
    await _until(task, lambda film: film["at"] >= 5.5)
    await _press(desk, "k", "k")
    await _until(task, lambda film: 1.0 <= film["at"] < 5.5)
    # The first segment is 1.5 to 3 s, shown with half a second on either side; the film goes on for 10 s.
    stopped = await _until(task, lambda film: film["paused"])
    assert 3.5 <= stopped["at"] < 9.9
    await _press(desk, "p")
    await _until(task, lambda film: film["at"] > stopped["at"] + 0.2)


async def test_a_segment_is_looped_until_looping_is_ended(desk: Desk) -> None:
    task = await _open(desk)
    await _press(desk, "l", "j", "j")
    # The second segment is one frame at 2.5 s, shown with half a second on either side.
    await _until(task, lambda film: film["at"] > 2.8)
    await _until(task, lambda film: 2.0 <= film["at"] < 2.4)
    await _until(task, lambda film: film["at"] > 2.8)
    await _press(desk, "l")
    await _until(task, lambda film: film["paused"] and film["at"] >= 3.0)


async def test_what_is_missed_is_added_with_its_times(desk: Desk) -> None:
    task = await _open(desk)
    await _press(desk, ".", ".", ".", ".")
    await _until(task, lambda film: 3.9 <= film["at"] <= 4.1)
    await _press(desk, "i", ".", "o", "n")
    await expect(task.get_by_label("Label")).to_be_focused()
    await desk.page.keyboard.type("Smoking")
    await desk.page.keyboard.press("Enter")
    await expect(task.locator("#gavel-added li")).to_have_count(1)
    await expect(task.locator("#gavel-added")).to_contain_text("0:00:04.000 – 0:00:05.000")
    await task.get_by_label("Label").select_option("Gambling")
    await task.get_by_role("textbox", name="From").fill("7.25")
    await task.get_by_role("textbox", name="To").fill("0:06")
    await task.get_by_role("button", name="Add").click()
    await expect(task.locator("#gavel-not-added")).to_have_text("It ends before it starts.")
    await task.get_by_role("textbox", name="To").fill("0:00:08")
    await task.get_by_role("button", name="Add").click()
    await task.get_by_label("Label").select_option("Corpses")
    await task.get_by_role("button", name="Add").click()
    await task.get_by_role("button", name="Remove Corpses").click()
    await _press(desk, "d")
    await task.get_by_role("button", name="Submit").click()
    content = await desk.answer()
    assert json.loads(content["added"])[1] == {"label": "Gambling", "startMs": 7_250, "endMs": 8_000}
    assert _read(content) == (Action.REJECT, [("Smoking", 4_000, 5_000), ("Gambling", 7_250, 8_000)])


async def test_one_answer_serves_for_all_of_a_label(desk: Desk) -> None:
    task = await _open(desk)
    await _press(desk, "j", "2")
    await expect(task.get_by_role("button", name="The same for 1 more of Weapon Violence")).to_be_visible()
    await _press(desk, "e", "j", "2", "a", "Enter")
    assert _read(await desk.answer()) == (Action.APPROVE, [])


async def test_approval_wants_an_answer_for_every_segment_and_rejection_for_one(desk: Desk) -> None:
    task = await _open(desk)
    await _press(desk, "j", "1", "Enter")
    await expect(task.locator("#gavel-missing")).to_have_text("Choose what should happen to it.")
    await _press(desk, "a", "Enter")
    await expect(task.locator("#gavel-missing")).to_have_text("Say of each segment whether it shows that.")
    await expect(_row(task, 2).get_by_role("radio", name="Shown", exact=True)).to_be_focused()
    assert await desk.answers() == 0
    await _press(desk, "d", "Enter")
    assert _read(await desk.answer()) == (Action.REJECT, [("Weapon Violence", 1_500, 3_000)])


async def test_another_label_has_to_be_named_and_a_chosen_one_added(desk: Desk) -> None:
    task = await _open(desk, segments=[])
    await expect(task.get_by_text("The policy minds nothing that the model saw.")).to_be_visible()
    await task.get_by_label("Label").select_option("Smoking")
    await _press(desk, "a")
    await task.get_by_role("button", name="Submit").click()
    await expect(task.locator("#gavel-missing")).to_have_text("Add the label that you have chosen, or choose none.")
    await task.get_by_label("Label").select_option("")
    await task.get_by_role("button", name="Submit").click()
    assert _read(await desk.answer(), segments=[]) == (Action.APPROVE, [])


async def test_an_unnamed_other_label_is_asked_for(desk: Desk) -> None:
    task = await _open(desk)
    await _press(desk, "j", "3", "Escape", "d", "Enter")
    await expect(task.locator("#gavel-missing")).to_have_text("Say what it shows instead.")
    await expect(_row(task, 1).get_by_label("What it shows instead")).to_be_focused()
    assert await desk.answers() == 0


async def test_a_draft_is_put_back_whole(desk: Desk) -> None:
    task = await _open(desk)
    await _press(desk, "j", "1", "j", "3")
    await desk.page.keyboard.type("Smoking")
    await task.get_by_label("Label").select_option("Gambling")
    await task.get_by_role("textbox", name="From").fill("1")
    await task.get_by_role("button", name="Add").click()
    await _press(desk, "s")
    await desk.page.wait_for_function("window.told.some((m) => m.type === 'draft' && m.answerContent.ruling.restrict)")
    draft = (await desk.told("draft"))["answerContent"]
    task = await _open(desk)
    await desk.tell(type="restore", answerContent=draft)
    await expect(task.locator("#gavel-progress")).to_have_text("2 of 3 answered.")
    await expect(_row(task, 2).get_by_label("What it shows instead")).to_have_value("Smoking")
    await expect(task.locator("#gavel-added")).to_contain_text("Gambling")
    await expect(task.get_by_role("radio", name="Restrict")).to_be_checked()
    await _press(desk, "j", "j", "j", "2", "s", "Enter")
    assert _read(await desk.answer()) == (
        Action.RESTRICT,
        [("Gambling", 1_000, 1_000), ("Weapon Violence", 1_500, 3_000), ("Smoking", 2_500, 2_500)],
    )


async def test_a_reviewers_own_comfort_is_kept(desk: Desk) -> None:
    task = await _open(desk)
    await desk.tell(type="comfort", blur=False, greyscale=False)
    state = await _until(task, lambda film: film["filter"] == CLEAR)
    assert state["muted"] is True


async def test_hostile_labels_are_only_names(desk: Desk) -> None:
    odd = [segment(1, HOSTILE, HOSTILE, 0, 1_000, 99.0), segment(2, "__proto__", "", 1_000, 2_000, 99.0)]
    task = await _open(desk, segments=odd, labels=[], category=HOSTILE)
    await expect(_row(task, 1)).to_contain_text(HOSTILE)
    await expect(task.locator("img")).to_have_count(0)
    await _press(desk, "j", "1", "j", "1", "d", "Enter")
    content = await desk.answer()
    assert _read(content, segments=odd) == (Action.REJECT, [(HOSTILE, 0, 1_000), ("__proto__", 1_000, 2_000)])
    assert await desk.page.title() == "Desk"


async def test_hundreds_of_segments_can_be_worked_on(desk: Desk) -> None:
    many = [segment(n, "Weapon Violence", "Graphic Violence", n * 30, n * 30 + 10, 90.0) for n in range(1, 251)]
    task = await _open(desk, segments=many, condensed=True, gapMs=11_500)
    await expect(task.get_by_text("less than 11.5 s apart")).to_be_visible()
    await _press(desk, "j", "1", "e")
    await expect(task.locator("#gavel-progress")).to_have_text("250 of 250 answered.")
    await _press(desk, "d", "Enter")
    content = await desk.answer()
    assert len(_read(content, segments=many)[1]) == 250
    assert len(json.dumps(content)) < 32_000, "the desk takes 64,000 bytes"


async def test_a_video_that_is_lost_says_so(desk: Desk) -> None:
    task = await desk.open(VIDEO, video_input(taskObject="s3://gavel-media/missing.mp4"))
    await expect(task.get_by_text("Load this page anew: what you have filled in is kept.")).to_be_visible()
    assert all("404" in problem for problem in desk.problems)
    desk.problems.clear()
