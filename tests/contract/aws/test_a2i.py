"""`shared.aws.a2i` and `shared.aws.evidence` against the emulator's A2I and S3."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from shared.aws.a2i import HumanLoops
from shared.aws.evidence import EvidenceStore
from shared.errors import Permanent, Transient
from tests.contract.a2i.studio import Studio
from tests.contract.clients import Clients


@dataclass(frozen=True, slots=True)
class People:
    studio: Studio
    flow: str
    loops: HumanLoops
    evidence: EvidenceStore


@pytest.fixture
async def people(clients: Clients, studio: Studio) -> AsyncIterator[People]:
    flow = studio.flow()
    async with clients("sagemaker-a2i-runtime", "s3", account=studio.account) as opened:
        loops = HumanLoops(opened["sagemaker-a2i-runtime"])
        yield People(studio, flow, loops, EvidenceStore(opened["s3"], studio.bucket))


async def test_a_loop_is_started_once_however_often_it_is_asked_for(people: People) -> None:
    arns = await asyncio.gather(*(people.loops.start("loop", people.flow, '{"mediaId": "m"}') for _ in range(5)))
    assert set(arns) == {people.studio.describe()["HumanLoopArn"]}


async def test_a_loop_whose_input_reads_otherwise_by_now_is_still_the_same(people: People) -> None:
    first = await people.loops.start("loop", people.flow, '{"instructions": "old"}')
    assert await people.loops.start("loop", people.flow, '{"instructions": "new"}') == first


async def test_a_name_that_another_flow_has_taken_is_refused(people: People) -> None:
    other = people.studio.flow(FlowDefinitionName="other")
    await people.loops.start("loop", other, '{"a": 1}')
    with pytest.raises(Permanent) as refused:
        await people.loops.start("loop", people.flow, '{"a": 2}')
    assert refused.value.code == "loop-name-taken"


async def test_a_flow_that_is_not_there_waits_to_be_deployed(people: People) -> None:
    with pytest.raises(Transient) as refused:
        await people.loops.start("loop", people.flow + "-gone", "{}")
    assert refused.value.code == "flow-definition-missing"


@pytest.mark.parametrize(("name", "content"), [("Not a name", "{}"), ("loop", "not json")])
async def test_what_a2i_refuses_is_permanent(people: People, name: str, content: str) -> None:
    with pytest.raises(Permanent) as refused:
        await people.loops.start(name, people.flow, content)
    assert refused.value.code == "loop-refused"


async def test_a_loop_is_followed_to_its_end_and_its_answers_are_read(people: People) -> None:
    await people.loops.start("loop", people.flow, '{"mediaId": "m"}')
    running = await people.loops.describe("loop")
    assert running is not None
    assert (running.status, running.flow_definition_arn) == ("InProgress", people.flow)
    assert running.output_uri is not None
    with pytest.raises(Transient) as missing:
        await people.evidence.get_json(running.output_uri)
    assert missing.value.code == "evidence-missing"
    people.studio.answer(answerContent={"ruling": {"reject": True}})
    over = await people.loops.describe("loop")
    assert over is not None
    assert over.status == "Completed"
    assert over.output_uri == running.output_uri
    output = await people.evidence.get_json(running.output_uri)
    assert output["humanAnswers"][0]["answerContent"] == {"ruling": {"reject": True}}


async def test_a_failed_loop_says_why(people: People) -> None:
    await people.loops.start("loop", people.flow, "{}")
    people.studio.hook("expire")
    loop = await people.loops.describe("loop")
    assert loop is not None
    assert (loop.status, loop.failure_code) == ("Failed", "Expired")


async def test_a_loop_is_stopped_and_stopping_it_again_does_nothing(people: People) -> None:
    await people.loops.start("loop", people.flow, "{}")
    for _ in range(2):
        await people.loops.stop("loop")
    loop = await people.loops.describe("loop")
    assert loop is not None
    assert loop.status == "Stopped"


async def test_what_was_never_started_is_none_and_can_be_stopped(people: People) -> None:
    assert await people.loops.describe("nobody") is None
    await people.loops.stop("nobody")


async def test_a_raw_answer_is_kept_and_read_again(people: People) -> None:
    answer = {"ModerationLabels": [{"Name": "Blood & Gore", "Confidence": 92.6}], "ModerationModelVersion": "7.0"}
    uri = await people.evidence.put_raw("m", "rekognition-image", answer)
    assert await people.evidence.get_json(uri) == answer
