"""What an operator sees of an item: its spans, as a real OTLP receiver got them from the deployed services."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from shared.contracts.words import Action
from tests.e2e.pictures import unique_jpeg
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.silent import SILENT_BUCKET

PRODUCER = "00-{trace}-00f067aa0ba902b7-01"
CONVERSATION = "messaging.message.conversation_id"
CHANGING = frozenset({"messaging.message.id", "aws.request_id", "messaging.batch.message_count"})
"""Attributes that are there, with another value each time."""
WAY = (
    "process gavel-local-media-events",
    "send gavel-local-moderation-requests",
    "process gavel-local-moderation-requests",
    "send gavel-local-review-requests",
    "process gavel-local-review-requests",
    "send gavel-local-outcomes",
    "process gavel-local-outcomes",
    "send gavel-local-verdicts",
)


@dataclass(frozen=True, kw_only=True)
class Spans:
    every: tuple[dict[str, Any], ...]

    def named(self, name: str, kind: str | None = None) -> dict[str, Any]:
        found = [span for span in self.every if span["name"] == name and kind in {None, span["kind"]}]
        assert found, f"no {name} among {sorted({span['name'] for span in self.every})}"
        return found[0]

    def line_to(self, span: dict[str, Any]) -> list[str]:
        """The names from the trace's root down to this span."""
        by_id = {each["span_id"]: each for each in self.every}
        names = [span["name"]]
        while span["parent_id"] in by_id:
            span = by_id[span["parent_id"]]
            names.append(span["name"])
        return names[::-1]


def told(span: dict[str, Any]) -> dict[str, Any]:
    attributes = span["attributes"]
    return {name: "…" if name in CHANGING else value for name, value in attributes.items()}


async def submitted(pipeline: Pipeline, trace: str, labels: str) -> str:
    """An item that its producer began a trace for."""
    media = await pipeline.upload(unique_jpeg(), bucket=SILENT_BUCKET, labels=labels)
    connection = pipeline.connection
    await connection.sqs.send_message(
        QueueUrl=connection.outputs.queues["media-events"],
        MessageBody=pipeline.event(media),
        MessageGroupId="tests",
        MessageAttributes={"traceparent": {"DataType": "String", "StringValue": PRODUCER.format(trace=trace)}},
    )
    return pipeline.id_of(media)


async def spans_of(pipeline: Pipeline, item: str, *awaited: str) -> Spans:
    """All spans about an item, as soon as these are among them: exporters send every few seconds."""

    async def look() -> Spans | None:
        answer = await pipeline.control(f"otlp/spans?conversation={quote(item)}")
        names = {span["name"] for span in answer["spans"]}
        return Spans(every=tuple(answer["spans"])) if names.issuperset(awaited) else None

    return await eventually(look, what=f"{', '.join(awaited)} of {item}")


async def test_an_item_is_one_trace_from_its_producer_to_its_verdict(pipeline: Pipeline) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4701"
    item = await submitted(pipeline, trace, "")
    await pipeline.verdict(item)
    spans = await spans_of(pipeline, item, *WAY)
    verdict = spans.named("send gavel-local-verdicts", "producer")
    assert verdict["trace_id"] == trace
    assert spans.line_to(verdict) == list(WAY)
    asked = spans.named("rekognition.DetectModerationLabels")
    assert spans.line_to(asked)[-2:] == [
        "process gavel-local-moderation-requests",
        "rekognition.DetectModerationLabels",
    ]
    assert (asked["service"], asked["kind"], told(asked)) == (
        "moderate",
        "client",
        {
            "rpc.system": "aws-api",
            "rpc.service": "rekognition",
            "rpc.method": "DetectModerationLabels",
            "http.response.status_code": 200,
            "aws.request_id": "…",
            CONVERSATION: item,
        },
    )
    assert told(spans.named("process gavel-local-moderation-requests")) == {
        "messaging.system": "aws_sqs",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "gavel-local-moderation-requests",
        "messaging.message.id": "…",
        "gavel.message.receive_count": 1,
        CONVERSATION: item,
    }
    assert told(verdict) == {
        "messaging.system": "aws.sns",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": "gavel-local-verdicts",
        CONVERSATION: item,
    }


async def test_what_people_took_hours_for_goes_on_in_a_trace_linked_to_the_first(pipeline: Pipeline) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4702"
    item = await submitted(pipeline, trace, "Weapons:71.3")
    await pipeline.answer(await pipeline.open_loop(item), Action.REJECT)
    await pipeline.verdict(item)
    spans = await spans_of(pipeline, item, *WAY[4:], "conclude loop")
    resumed, opened = spans.named("conclude loop"), spans.named("process gavel-local-review-requests")
    assert opened["trace_id"] == trace
    assert resumed["trace_id"] != trace
    assert resumed["parent_id"] is None
    assert resumed["links"] == [{"trace_id": trace, "span_id": opened["span_id"]}]
    assert resumed["attributes"] == {CONVERSATION: item}
    verdict = spans.named("send gavel-local-verdicts", "producer")
    assert spans.line_to(verdict) == [
        "conclude loop",
        "send gavel-local-outcomes",
        "process gavel-local-outcomes",
        "send gavel-local-verdicts",
    ]
