"""How many reviewers look again at an item whose verdict was appealed against."""

from typing import Final

from shared.contracts.words import BackendName
from shared.policy.model import Review

A2I_ANSWERS_LIMIT: Final = 3
"""CreateFlowDefinition, HumanLoopConfig.TaskCount."""


def answers_on_appeal(review: Review, backend: BackendName) -> int:
    """More answers than the first time, and an odd number of them, so that they can't be two against two."""
    more = review.answers + 1 if review.answers % 2 == 0 else review.answers + 2
    return min(A2I_ANSWERS_LIMIT, more) if backend is BackendName.A2I else more
