"""Whether the answer that a bulk run delivers with an item may stand for one that MODERATE asks for itself."""

from shared.contracts.messages import DeliveredAnswer, Submission
from shared.identity import media_id
from shared.policy.model import Policy


def delivered_answer(submission: Submission) -> DeliveredAnswer | None:
    """What came with an item that is to be judged."""
    bulk = submission.bulk
    return bulk.answer if bulk is not None and bulk.is_judged else None


def unfit_because(submission: Submission, answer: DeliveredAnswer, policy: Policy) -> str | None:
    """Why Rekognition is to be asked anew, as a code; None where the answer says all that it would be asked for.

    The item may be of what was written after the answer, its policy deployed after the run had asked. And results of
    bulk analysis don't say which model has answered, so nobody can tell whether an adapter was ignored: a policy that
    names one is never judged by them.
    """
    source, bulk = submission.source, submission.bulk
    if answer.version is None or media_id(source.bucket, source.key, answer.version) != submission.media_id:
        return "changed-since"
    if bulk is None or bulk.min_confidence > policy.min_confidence:
        return "too-shallow"
    if bulk.adapter is not None or policy.adapter is not None:
        return "adapter-unconfirmed"
    return None
