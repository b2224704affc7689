"""Batch calls: every entry is looked at, and one bad entry harms no other."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from shared.aws.batches import Failure, Sender, in_batch
from shared.errors import GavelError, Permanent, Transient
from tests.fakes.aws import refusal


def failed(place: int, code: str, *, sender_fault: bool) -> dict[str, Any]:
    return {"Id": str(place), "Code": code, "SenderFault": sender_fault, "Message": "canary"}


@dataclass
class Service:
    """A batch operation. `answers` are the `Failed` lists of its next calls, or what they raise."""

    answers: list[list[dict[str, Any]] | Exception] = field(default_factory=list)
    poison: str | None = None
    calls: list[list[str]] = field(default_factory=list)

    async def __call__(self, entries: list[dict[str, Any]]) -> dict[str, Any]:
        assert len({entry["Id"] for entry in entries}) == len(entries) <= 10
        self.calls.append([entry["body"] for entry in entries])
        if self.poison in self.calls[-1]:
            raise refusal("InvalidParameter")
        answer = self.answers.pop(0) if self.answers else []
        if isinstance(answer, Exception):
            raise answer
        return {"Successful": [], "Failed": answer}


def entries(letters: str) -> list[dict[str, Any]]:
    return [{"body": letter} for letter in letters]


def sender(service: Service) -> Sender:
    return Sender("sqs", "reviews", service, limit_bytes=1_000, gather_s=0.005)


async def outcomes(sender: Sender, letters: str) -> list[str]:
    """For each letter, what its send ended with."""
    sends = [sender.send(entry, 10) for entry in entries(letters)]
    found = await asyncio.gather(*sends, return_exceptions=True)
    return ["sent" if one is None else f"{type(one).__name__} {getattr(one, 'code', '')}".strip() for one in found]


async def test_entries_that_failed_by_the_services_fault_are_tried_again_alone() -> None:
    service = Service(
        [
            [failed(1, "InternalError", sender_fault=False), failed(2, "InternalError", sender_fault=False)],
            [failed(2, "InternalError", sender_fault=False)],
        ]
    )
    assert await in_batch(service, entries("abc")) == [None, None, None]
    assert service.calls == [["a", "b", "c"], ["b", "c"], ["c"]]


async def test_entries_that_keep_failing_are_given_up() -> None:
    service = Service([[failed(0, "InternalError", sender_fault=False)]] * 3)
    assert await in_batch(service, entries("a")) == [Failure(code="InternalError", is_refused=False)]
    assert len(service.calls) == 3


@pytest.mark.parametrize(
    ("code", "sender_fault", "is_refused"),
    [
        ("InvalidMessageContents", True, True),
        # LocalStack says so of every entry.
        ("InvalidMessageContents", False, True),
        ("ReceiptHandleIsInvalid", False, True),
        ("SomethingNew", True, True),
        ("KMS.AccessDeniedException", True, False),
        ("KmsThrottled", True, False),
        ("AccessDenied", True, False),
        ("RequestThrottled", True, False),
    ],
)
async def test_the_senders_own_fault_is_not_tried_again(code: str, sender_fault: bool, is_refused: bool) -> None:
    service = Service([[failed(0, code, sender_fault=sender_fault)]])
    assert await in_batch(service, entries("ab")) == [Failure(code=code, is_refused=is_refused), None]
    assert len(service.calls) == 1


async def test_concurrent_sends_share_a_request() -> None:
    service = Service()
    assert await outcomes(sender(service), "abcdefghijklm") == ["sent"] * 13
    assert [len(call) for call in service.calls] == [10, 3]


async def test_a_request_holds_no_more_bytes_than_it_may() -> None:
    service = Service()
    big = sender(service)
    await asyncio.gather(*(big.send(entry, 400) for entry in entries("abcde")))
    assert [len(call) for call in service.calls] == [2, 2, 1]


async def test_each_send_ends_as_its_own_entry_does() -> None:
    service = Service(
        [
            [failed(0, "InvalidMessageContents", sender_fault=True), failed(2, "InternalError", sender_fault=False)],
            [failed(2, "InternalError", sender_fault=False)],
            [failed(2, "InternalError", sender_fault=False)],
        ]
    )
    assert await outcomes(sender(service), "abc") == [
        "Permanent sqs-entry-refused",
        "sent",
        "Transient sqs-entry-failed",
    ]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal("ServiceUnavailable", status=503), "Transient sqs-failed"),
        (refusal("RequestThrottled", status=403), "Transient sqs-throttled"),
        (EndpointConnectionError(endpoint_url="http://canary"), "Transient sqs-unreachable"),
    ],
)
async def test_when_the_call_fails_everybody_in_it_may_try_again(error: Exception, expected: str) -> None:
    assert await outcomes(sender(Service([error])), "abc") == [expected] * 3


async def test_one_entry_that_spoils_the_call_spoils_it_for_itself_alone() -> None:
    service = Service(poison="b")
    assert await outcomes(sender(service), "abc") == ["sent", "ClientError", "sent"]


async def test_an_unknown_refusal_of_everything_is_a_defect_for_everybody() -> None:
    service = Service([refusal("QueueDoesNotExist")] * 4)
    assert await outcomes(sender(service), "abc") == ["ClientError"] * 3


@pytest.mark.parametrize(
    "make", [lambda: refusal("ServiceUnavailable", status=503), lambda: EndpointConnectionError(endpoint_url="x")]
)
async def test_nobodys_error_is_anybody_elses(make: Callable[[], Exception]) -> None:
    shared = sender(Service([make()]))
    found = await asyncio.gather(*(shared.send(entry, 10) for entry in entries("ab")), return_exceptions=True)
    first, second = found
    assert isinstance(first, GavelError)
    assert isinstance(second, GavelError)
    first.media_id = "m"
    assert second.media_id is None


async def test_no_word_of_the_service_gets_into_an_error() -> None:
    service = Service([[failed(0, "InvalidMessageContents", sender_fault=True)]])
    with pytest.raises(Permanent) as caught:
        await sender(service).send({"body": "a"}, 10)
    assert "canary" not in caught.value.detail
    with pytest.raises(Transient) as lost:
        await sender(Service([refusal("InternalError", "canary", status=500)])).send({"body": "a"}, 10)
    assert "canary" not in lost.value.detail


async def test_a_send_waits_for_others_a_few_milliseconds_and_no_longer() -> None:
    await sender(Service()).send({"body": "a"}, 10)
    assert asyncio.get_running_loop().time() == pytest.approx(0.005)
