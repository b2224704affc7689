"""What reviewers' answers about a live case say of the model's predictions."""

from collections.abc import Iterable, Iterator

from shared.contracts.messages import Evidence, MediaRef, Submission
from shared.contracts.words import Action
from shared.ledger.entries import AnswerGiven
from shared.verification.sets import LIVE
from shared.verification.words import Origin, Predicted, Prediction, Word, said_of


def words_of(
    submission: Submission, readable: MediaRef, evidence: Evidence, answers: Iterable[AnswerGiven]
) -> Iterator[Word]:
    """Each answer as a word on the image that the model saw, for every prediction: a label that wasn't confirmed, nor
    any under it, is wrong. Who is against an image without a label for it says nothing of labels.
    """
    predicted = Predicted(
        source=readable,
        predictions=tuple(
            Prediction(label=finding.label, confidence=finding.confidence) for finding in evidence.findings
        ),
        model_version=evidence.model_version,
        adapter=evidence.adapter_used,
    )
    for answer in answers:
        if not answer.labels and answer.action is not Action.APPROVE:
            continue
        yield Word(
            tenant=submission.tenant,
            set=LIVE,
            image=predicted,
            said=said_of(predicted.labels, right=answer.labels, wrong=predicted.labels, missing=answer.labels),
            by=answer.worker,
            at=answer.at,
            origin=Origin.RULING,
            media_id=submission.media_id,
            round=answer.round,
        )
