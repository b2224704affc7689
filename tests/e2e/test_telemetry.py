"""What an operator sees of an item: its spans, as a real OTLP receiver got them from the deployed services."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from shared.contracts.words import Action
from tests.e2e.caller import EVERYTHING, api_caller
from tests.e2e.pictures import unique_jpeg
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.silent import SILENT_BUCKET
from tests.e2e.test_videos import job, unique_video

PRODUCERS_SPAN = "00f067aa0ba902b7"
PRODUCER = f"00-{{trace}}-{PRODUCERS_SPAN}-01"
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

    @property
    def names(self) -> set[str]:
        return {span["name"] for span in self.every}

    @property
    def whole(self) -> bool:
        """Whether what each span was begun by, or is linked to, is here."""
        here = {span["span_id"] for span in self.every} | {PRODUCERS_SPAN, None}
        parents = {span["parent_id"] for span in self.every}
        linked = {link["span_id"] for span in self.every for link in span["links"]}
        return here.issuperset(parents | linked)

    def named(self, name: str, kind: str | None = None) -> dict[str, Any]:
        found = [span for span in self.every if span["name"] == name and kind in {None, span["kind"]}]
        assert found, f"no {name} among {sorted(self.names)}"
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


def place(span: dict[str, Any]) -> dict[str, str]:
    """The span as links name it."""
    return {"trace_id": span["trace_id"], "span_id": span["span_id"]}


async def submitted(pipeline: Pipeline, trace: str, labels: str, body: bytes | None = None) -> str:
    """An item that its producer began a trace for: a picture, if no `body` says otherwise."""
    media = await pipeline.upload(body or unique_jpeg(), bucket=SILENT_BUCKET, labels=labels)
    connection = pipeline.connection
    await connection.sqs.send_message(
        QueueUrl=connection.outputs.queues["media-events"],
        MessageBody=pipeline.event(media),
        MessageGroupId="tests",
        MessageAttributes={"traceparent": {"DataType": "String", "StringValue": PRODUCER.format(trace=trace)}},
    )
    return pipeline.id_of(media)


async def spans_of(pipeline: Pipeline, item: str, *awaited: str) -> Spans:
    """All spans about an item, as soon as these, and all that they come from, are among them.

    Each service sends its spans every few seconds, in a rhythm of its own: the last ones may be here before the first.
    """

    async def look() -> Spans | None:
        spans = Spans(every=tuple((await pipeline.control(f"otlp/spans?conversation={quote(item)}"))["spans"]))
        return spans if spans.names.issuperset(awaited) and spans.whole else None

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
    assert unnamed(spans, item) == []


async def test_what_is_submitted_over_http_goes_on_in_its_callers_trace(pipeline: Pipeline) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4704"
    media = await pipeline.upload(unique_jpeg(), bucket=SILENT_BUCKET)
    wanted = {"media": {"bucket": media.bucket, "key": media.key, "version_id": media.version_id}, "tenant": "default"}
    async with api_caller(pipeline.stack, *EVERYTHING, "tenant/*") as caller:
        headers = caller.headers | {"traceparent": PRODUCER.format(trace=trace)}
        async with caller.http.post(f"{caller.url}/v1/media", json=wanted, headers=headers) as answer:
            assert answer.status == 202, await answer.text()
    item = pipeline.id_of(media)
    await pipeline.verdict(item)
    spans = await spans_of(pipeline, item, "POST /v1/media", *WAY)
    verdict = spans.named("send gavel-local-verdicts", "producer")
    assert verdict["trace_id"] == trace
    assert spans.line_to(verdict) == ["POST /v1/media", "send gavel-local-media-events", *WAY]
    served = spans.named("POST /v1/media")
    assert (served["service"], served["kind"], told(served)) == (
        "api",
        "server",
        {
            "http.request.method": "POST",
            "http.route": "/v1/media",
            "url.scheme": "http",
            "http.response.status_code": 202,
            CONVERSATION: item,
        },
    )


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
    assert resumed["links"] == [place(opened), place(spans.named("process gavel-local-human-loop-events"))]
    assert resumed["attributes"] == {CONVERSATION: item}
    verdict = spans.named("send gavel-local-verdicts", "producer")
    assert spans.line_to(verdict) == [
        "conclude loop",
        "send gavel-local-outcomes",
        "process gavel-local-outcomes",
        "send gavel-local-verdicts",
    ]
    assert unnamed(spans, item) == []


async def test_a_video_is_three_traces_linked_where_its_job_and_people_took_their_time(pipeline: Pipeline) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4703"
    # An end that is told before the job is written down is told again, and has spans of both.
    await pipeline.control("video-settings", {"held": True})
    try:
        item = await submitted(pipeline, trace, "Weapons@1000-2500:71.3", unique_video(10.0))
        await pipeline.control(f"video-jobs/{await job(pipeline, item)}/finish", {})
    finally:
        await pipeline.control("video-settings", method="DELETE")
    answer = {"ruling": {choice: choice is Action.REJECT for choice in Action}, "added": "[]"}
    await pipeline.control(f"human-loops/{await pipeline.open_loop(item)}/answers", {"answerContent": answer})
    await pipeline.verdict(item)
    spans = await spans_of(pipeline, item, "conclude video job", "conclude loop", *WAY[-3:])

    started = spans.named("rekognition.StartContentModeration")
    assert (started["trace_id"], spans.line_to(started)) == (
        trace,
        [
            "process gavel-local-media-events",
            "send gavel-local-video-requests",
            "process gavel-local-video-requests",
            "rekognition.StartContentModeration",
        ],
    )
    concluded = spans.named("conclude video job")
    assert (concluded["parent_id"], concluded["kind"], concluded["attributes"]) == (
        None,
        "internal",
        {CONVERSATION: item},
    )
    waited, told_of = (spans.named(f"process gavel-local-video-{queue}") for queue in ("requests", "completions"))
    assert concluded["links"] == [place(waited), place(told_of)]
    assert told(told_of) == {
        "messaging.system": "aws_sqs",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "gavel-local-video-completions",
        "messaging.message.id": "…",
        "gavel.message.receive_count": 1,
        CONVERSATION: item,
    }
    read = spans.named("rekognition.GetContentModeration")
    assert spans.line_to(read) == ["conclude video job", "rekognition.GetContentModeration"]
    for asked, method in ((started, "StartContentModeration"), (read, "GetContentModeration")):
        assert told(asked) == {
            "rpc.system": "aws-api",
            "rpc.service": "rekognition",
            "rpc.method": method,
            "http.response.status_code": 200,
            "aws.request_id": "…",
            CONVERSATION: item,
        }

    escalated = spans.named("process gavel-local-review-requests")
    assert spans.line_to(escalated) == [
        "conclude video job",
        "send gavel-local-review-requests",
        "process gavel-local-review-requests",
    ]
    ruled = spans.named("conclude loop")
    assert ruled["links"] == [place(escalated), place(spans.named("process gavel-local-human-loop-events"))]
    verdict = spans.named("send gavel-local-verdicts", "producer")
    assert spans.line_to(verdict) == [
        "conclude loop",
        "send gavel-local-outcomes",
        "process gavel-local-outcomes",
        "send gavel-local-verdicts",
    ]
    assert len({concluded["trace_id"], ruled["trace_id"], trace}) == 3
    assert unnamed(spans, item) == []


def unnamed(spans: Spans, item: str) -> list[str]:
    """Those of an item's spans that don't say so; INGEST looks whose bucket it is before it can know."""
    return [
        f"{span['service']}: {span['name']}"
        for span in spans.every
        if span["attributes"].get(CONVERSATION) != item
        and (span["service"], span["name"]) != ("ingest", "s3.GetObject")
    ]
