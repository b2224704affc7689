"""What answers amount to: agreement rules, and nothing but agreement approves."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.domain.rulings import ruling, severest
from shared.contracts.words import Action
from shared.policy.model import Consensus

A, S, R = Action.APPROVE, Action.RESTRICT, Action.REJECT


@pytest.mark.parametrize(
    ("consensus", "actions", "wanted", "expected"),
    [
        (Consensus.MAJORITY, (A,), 1, A),
        (Consensus.MAJORITY, (A, R), 2, None),
        (Consensus.MAJORITY, (A, R, A), 3, A),
        (Consensus.MAJORITY, (A, S, R), 3, None),
        (Consensus.MAJORITY, (A,), 3, None),
        (Consensus.MAJORITY, (A, A), 3, A),
        (Consensus.UNANIMOUS, (R, R, R), 3, R),
        (Consensus.UNANIMOUS, (A, A, R), 3, None),
        (Consensus.UNANIMOUS, (A, A), 3, None),
        (Consensus.ANY_REJECT, (A, A, R), 3, R),
        (Consensus.ANY_REJECT, (A, A, S), 3, A),
        (Consensus.ANY_REJECT, (A, S), 2, None),
    ],
)
def test_answers_amount_to(
    consensus: Consensus, actions: tuple[Action, ...], wanted: int, expected: Action | None
) -> None:
    assert ruling(consensus, actions, wanted=wanted) == expected


@pytest.mark.parametrize("consensus", Consensus)
def test_one_of_three_answers_never_approves(consensus: Consensus) -> None:
    assert ruling(consensus, (A,), wanted=3) is None


@given(st.sampled_from(Consensus), st.lists(st.sampled_from(Action), min_size=1, max_size=3), st.randoms())
def test_the_order_of_answers_does_not_matter(consensus: Consensus, actions: list[Action], chance: object) -> None:
    shuffled = list(actions)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert ruling(consensus, tuple(actions), wanted=3) == ruling(consensus, tuple(shuffled), wanted=3)


@pytest.mark.parametrize("pair", list(product(Action, repeat=2)))
def test_the_severest_of_two_is_never_milder_than_either(pair: tuple[Action, Action]) -> None:
    order = [A, S, R]
    assert order.index(severest(*pair)) == max(map(order.index, pair))
