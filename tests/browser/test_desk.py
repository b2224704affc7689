"""People at the deployed desk, in a stack that has no A2I: from the invitation to the verdict."""

import json
import os

import aiohttp
import pytest
from playwright.async_api import expect
from yarl import URL

from cli.demo.reviewer import DeskReviewer, invite, temporary_password
from shared.contracts.words import Action
from tests.browser.people import People, Person, Studio, eventually, shot

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_newcomer_chooses_a_password_and_rules_by_keyboard_alone(people: People, studio: Studio) -> None:
    person, item = await people.new(), studio.upload()
    await person.sign_in()
    await person.sees(item)
    await shot(person, "queue-1280")
    await person.page.keyboard.press("n")
    await person.is_ready()
    picture = person.task.get_by_alt_text("The image to review")
    assert "blur" in await picture.evaluate("image => getComputedStyle(image).filter")
    await shot(person, "task-1280")
    await person.page.keyboard.press("b")
    await person.page.keyboard.press("g")
    await expect(picture).to_have_css("filter", "blur(0px) grayscale(0)")
    await person.page.keyboard.press("d")
    await person.page.keyboard.press("1")
    await shot(person, "task-answered-1280")
    await person.page.keyboard.press("Enter")
    await person.is_told("your answer is in")
    await studio.decided(item, Action.REJECT)
    await person.page.get_by_role("link", name="My work").click()
    await expect(person.page.get_by_role("row").filter(has_text="reject")).to_be_visible()
    await shot(person, "mine-1280")


async def test_two_disagree_and_a_third_decides(people: People, studio: Studio) -> None:
    item = studio.upload(prefix="panel/")
    for action in (Action.APPROVE, Action.REJECT, Action.REJECT):
        person = await people.signed_in()
        await person.take(item)
        await person.rule(action)
        await person.is_told("your answer is in")
        assert await person.page.locator(f'form[action^="/tasks/{item}"]').count() == 0
    await studio.decided(item, Action.REJECT)


async def test_a_task_is_one_persons_until_the_time_is_over(people: People, studio: Studio) -> None:
    slow, quick, item = await people.signed_in(), await people.signed_in(), studio.upload()
    await quick.sees(item)
    claim = quick.page.locator(f'form[action^="/tasks/{item}"][action$="/claim"] button')
    await claim.focus()  # so that the list isn't loaded anew meanwhile
    name = await slow.take(item)
    # The other's list is older than the claim: asking all the same is refused kindly.
    await claim.click()
    await quick.is_told("Somebody else has just taken that task")
    await expect(quick.page.get_by_text("taken", exact=True)).to_be_visible()
    studio.turn_back(name, 1800)
    await quick.take(item)
    await slow.rule(Action.REJECT)
    await slow.is_told("Your time for that task was over")
    await quick.rule(Action.APPROVE)
    await quick.is_told("your answer is in")
    await studio.decided(item, Action.APPROVE)


async def test_what_was_filled_in_survives_a_reload_and_another_tab(people: People, studio: Studio) -> None:
    person, item = await people.signed_in(), studio.upload()
    name = await person.take(item)
    async with person.page.expect_response(lambda response: response.url.endswith("/draft")):
        await person.task.get_by_role("radio", name="Restrict").check()
    await person.page.reload()
    await person.is_ready()
    await expect(person.task.get_by_role("radio", name="Restrict")).to_be_checked()
    tab = Person(studio=studio, page=await person.page.context.new_page())
    # Nothing of this browser's own: what the desk has kept is enough.
    await tab.page.goto(person.desk)
    await tab.page.evaluate("localStorage.clear()")
    await tab.page.goto(f"{person.desk}/tasks/{name}")
    await tab.is_ready()
    await expect(tab.task.get_by_role("radio", name="Restrict")).to_be_checked()
    await tab.task.get_by_role("checkbox", name="None of these").check()
    await tab.task.get_by_role("button", name="Submit").click()
    await tab.is_told("your answer is in")
    await person.rule(Action.REJECT)
    await person.is_told("You have answered that task already")
    await studio.decided(item, Action.RESTRICT)


async def test_an_answer_given_without_a_connection_is_sent_when_there_is_one(people: People, studio: Studio) -> None:
    person, item = await people.signed_in(), studio.upload()
    await person.take(item)
    await person.page.context.set_offline(True)
    await person.rule(Action.APPROVE)
    await person.is_told("No connection")
    await person.page.context.set_offline(False)
    await person.is_told("your answer is in")
    await studio.decided(item, Action.APPROVE)


async def test_a_task_can_be_given_back_or_declined(people: People, studio: Studio) -> None:
    person, other, item = await people.signed_in(), await people.signed_in(), studio.upload()
    await person.take(item)
    await person.page.get_by_role("button", name="Give back").click()
    await person.is_told("You gave the task back")
    await person.take(item)
    await person.page.get_by_text("Decline…").click()
    await person.page.get_by_label("Why?").select_option("It doesn't load")
    await shot(person, "decline-1280")
    await person.page.get_by_role("button", name="Decline this task").click()
    await person.is_told("You declined the task")
    await expect(person.page.locator(f'form[action^="/tasks/{item}"]')).to_have_count(0)
    await other.take(item)
    await other.rule(Action.REJECT)
    await other.is_told("your answer is in")


async def test_signing_out_leaves_nothing_open(people: People, studio: Studio) -> None:
    person = await people.signed_in()
    cookies = await person.page.context.cookies()
    (kept,) = (cookie for cookie in cookies if cookie["name"] == "gavel_desk")
    assert (kept["httpOnly"], kept["sameSite"]) == (True, "Lax")
    await person.page.get_by_role("button", name="Sign out").click()
    await person.is_told("You are signed out")
    await person.page.goto(f"{person.desk}/mine")
    await expect(person.page.get_by_role("button", name="Sign in")).to_be_visible()
    # Whoever has kept the old cookie has nothing either.
    await person.page.context.add_cookies([{"name": "gavel_desk", "value": kept["value"], "url": person.desk}])
    await person.page.goto(person.desk)
    await expect(person.page.get_by_role("button", name="Sign in")).to_be_visible()


async def test_it_works_on_a_phone_and_in_the_dark(people: People, studio: Studio) -> None:
    person, item = await people.new(viewport={"width": 390, "height": 844}, color_scheme="dark"), studio.upload()
    await person.page.goto(person.desk)
    await shot(person, "sign-in-390")
    await person.sign_in()
    await person.sees(item)
    await shot(person, "queue-390")
    await person.take(item)
    await shot(person, "task-390")
    for page in (person.page, person.page.frames[-1]):
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await person.rule(Action.APPROVE)
    await person.is_told("your answer is in")
    await person.page.goto(f"{person.desk}/mine")
    await shot(person, "mine-390")


async def test_nobody_of_another_team_comes_in(people: People, studio: Studio) -> None:
    studio.client("cognito-idp").create_group(UserPoolId=studio.stack.outputs["user_pool_id"], GroupName="elsewhere")
    person = await people.new()
    await person.knock(group="elsewhere")
    await expect(person.page.get_by_role("alert")).to_contain_text("in no team that reviews here")


async def test_forged_requests_are_refused(people: People, studio: Studio) -> None:
    person, item = await people.signed_in(), studio.upload()
    name = await person.take(item)
    (cookie,) = (each for each in await person.page.context.cookies() if each["name"] == "gavel_desk")
    csrf = await person.page.locator("[data-csrf]").get_attribute("data-csrf")
    content = json.dumps({"ruling": {"approve": True}})
    jar = aiohttp.CookieJar(unsafe=True)
    jar.update_cookies({"gavel_desk": cookie["value"]}, URL(person.desk))
    async with aiohttp.ClientSession(person.desk, cookie_jar=jar) as http:

        async def answered(loop: str, form: dict[str, str], **headers: str) -> int:
            async with http.post(f"/tasks/{loop}/answer", data=form, headers=headers, allow_redirects=False) as answer:
                return answer.status

        assert await answered(name, {"answerContent": content}) == 403
        assert await answered(name, {"answerContent": content, "csrf": "guessed"}) == 403
        mine = {"answerContent": content, "csrf": str(csrf)}
        assert await answered(name, mine, Origin="https://evil.example.com") == 403
        assert await answered(name, mine, Origin="null") == 403
        forged = f"{'a' * 26}-0123abcd-r1"
        assert await answered(forged, mine) == 404
        assert await answered("..%2f..%2fadmin", mine) == 404
        assert await answered(name, {"csrf": str(csrf), "answerContent": "[not an object"}) == 400
        assert studio.verdict(item) is None
        assert await answered(name, mine) == 303
    await studio.decided(item, Action.APPROVE)


async def test_a_script_can_review_through_the_same_forms(studio: Studio) -> None:
    email, password, item = f"{os.urandom(6).hex()}@example.com", temporary_password(), studio.upload()
    invite(studio.stack, email, password)
    async with DeskReviewer(studio.stack.desk_url, email, password) as reviewer:

        async def waiting() -> list[str]:
            return [name for name in await reviewer.free() if name.startswith(item)]

        (name,) = await eventually(waiting)
        await reviewer.answer(name, {"ruling": {"approve": False, "restrict": True, "reject": False}})
    await studio.decided(item, Action.RESTRICT)


async def test_nothing_of_sagemaker_was_asked_for(studio: Studio) -> None:
    counts = studio.stack.control("requests")
    assert [name for name in counts if name.startswith("sagemaker")] == []
    assert any(name.startswith("dynamodb") for name in counts)
