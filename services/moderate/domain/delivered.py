"""Whether the answer that a bulk run delivers with an item may stand for one that MODERATE asks for itself."""

from typing import Final

from shared.contracts.delivered import Delivery
from shared.policy.model import Policy

CHANGED_SINCE: Final = "changed-since"
"""The item is of what was written after the run had asked."""


def unfit_because(delivery: Delivery, policy: Policy) -> str | None:
    """Why Rekognition is to be asked anew, as a code; None where the answer says all that it would be asked for.

    The policy may be deployed after the run had asked. And results of bulk analysis don't say which model has answered,
    so nobody can tell whether an adapter was ignored: a policy that names one is never judged by them.
    """
    if delivery.min_confidence > policy.min_confidence:
        return "too-shallow"
    if delivery.adapter is not None or policy.adapter is not None:
        return "adapter-unconfirmed"
    return None
