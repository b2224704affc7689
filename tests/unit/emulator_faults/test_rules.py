"""Which calls a fault rule acts on."""

from collections.abc import Iterator
from typing import Any

import pytest
from gavel_emulator.faults.rules import Fault, FaultBook, FaultKind, When, delay


def fault(**changes: Any) -> Fault:
    return Fault(
        **{
            "id": "",
            "service": "sqs",
            "operation": "SendMessage",
            "kind": FaultKind.ERROR,
            "when": When.BEFORE,
            "code": "ThrottlingException",
            **changes,
        }
    )


def taken(book: FaultBook, operation: str = "SendMessage", when: When = When.BEFORE) -> list[str]:
    return [fault.id for fault in book.take("sqs", operation, when)]


def test_a_rule_acts_on_its_operation_and_moment_only() -> None:
    book = FaultBook()
    book.add([fault()])
    assert taken(book) == ["f1"]
    assert taken(book, "ReceiveMessage") == []
    assert taken(book, when=When.AFTER) == []
    assert [fault.id for fault in book.take("s3", "SendMessage", When.BEFORE)] == []


def test_a_star_is_every_operation_of_the_service() -> None:
    book = FaultBook()
    book.add([fault(operation="*")])
    assert taken(book, "ReceiveMessage") == ["f1"]
    assert book.take("sns", "Publish", When.BEFORE) == []


def test_a_rule_for_the_next_calls_runs_out_and_stays_to_be_looked_at() -> None:
    book = FaultBook()
    book.add([fault(remaining=2)])
    assert [taken(book) for _ in range(4)] == [["f1"], ["f1"], [], []]
    (left,) = book.faults()
    assert (left.remaining, left.seen, left.acted) == (0, 2, 2)


def test_a_rate_is_the_share_of_calls_that_fail() -> None:
    chances: Iterator[float] = iter([0.1, 0.3, 0.29, 0.9])
    book = FaultBook(lambda: next(chances))
    book.add([fault(rate=0.3)])
    assert [bool(taken(book)) for _ in range(4)] == [True, False, True, False]
    assert (book.faults()[0].seen, book.faults()[0].acted) == (4, 2)


def test_a_rate_and_a_number_together_count_the_calls_that_failed() -> None:
    chances: Iterator[float] = iter([0.9, 0.1, 0.9, 0.1])
    book = FaultBook(lambda: next(chances))
    book.add([fault(rate=0.5, remaining=1)])
    assert [bool(taken(book)) for _ in range(4)] == [False, True, False, False]


def test_latencies_add_up_and_the_first_fault_that_ends_the_call_is_the_last() -> None:
    book = FaultBook()
    book.add(
        [
            fault(kind=FaultKind.LATENCY, latency_s=0.2),
            fault(kind=FaultKind.LATENCY, latency_s=0.3),
            fault(code="OverLimit", latency_s=0.1),
            fault(kind=FaultKind.CONNECTION_DROP),
        ]
    )
    acting = book.take("sqs", "SendMessage", When.BEFORE)
    assert [fault.id for fault in acting] == ["f1", "f2", "f3"]
    assert book.faults()[3].seen == 0
    slept: list[float] = []
    delay(acting, slept.append)
    assert slept == [0.2, 0.3, 0.1]


def test_rules_are_removed_one_by_one_or_all() -> None:
    book = FaultBook()
    assert [added.id for added in book.add([fault(), fault(operation="*")])] == ["f1", "f2"]
    assert book.remove("f1")
    assert not book.remove("f1")
    assert taken(book) == ["f2"]
    book.clear()
    assert book.empty


def test_a_new_rule_never_takes_the_id_of_a_removed_one() -> None:
    book = FaultBook()
    book.add([fault()])
    book.clear()
    assert [added.id for added in book.add([fault()])] == ["f2"]


@pytest.mark.parametrize("kind", list(FaultKind))
def test_an_empty_book_does_nothing(kind: FaultKind) -> None:
    book = FaultBook()
    assert book.empty
    book.add([fault(kind=kind)])
    assert not book.empty
