"""Whether an adapter may go into a policy: what speaks against it, from its figures and its state."""

from collections.abc import Iterator

from shared.custom_moderation.evaluation import AtThreshold, Counts, Evaluation
from shared.custom_moderation.projects import USABLE, Adapter, VersionStatus
from shared.ledger.adapters import Figures


class CannotPromote(Exception):
    """`problems` are all the reasons, each a sentence for people. Where `can_be_forced`, --force passes over them."""

    def __init__(self, *problems: str, can_be_forced: bool = False) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems
        self.can_be_forced = can_be_forced


class NothingToCompare(Exception):
    """The text says what wasn't measured, and what was."""


def require_usable(adapter: Adapter) -> None:
    """Raises CannotPromote for one that Rekognition wouldn't ask."""
    if adapter.status not in USABLE:
        raise CannotPromote(
            f"{adapter.label} is {adapter.status}" + (f": {adapter.message}" if adapter.message else "")
        )


def figures(evaluation: Evaluation, at: AtThreshold) -> Figures:
    compared = at.aggregated_evaluation_results
    return Figures(
        threshold=at.confidence_threshold,
        training_images=evaluation.training_images,
        testing_images=evaluation.testing_images,
        compared=compared,
        gain=gain(compared.base_model, compared.adapter),
    )


def gain(base: Counts, adapter: Counts) -> float | None:
    """By how much the adapter's F1 is above the base model's; None where the test set says nothing about either."""
    return None if base.f1 is None or adapter.f1 is None else adapter.f1 - base.f1


def objections(adapter: Adapter, measured: Figures | None, margin: float) -> Iterator[str]:
    """What speaks against it, and can be passed over by force."""
    if adapter.status is VersionStatus.DEPRECATED:
        yield f"{adapter.label} is DEPRECATED: it is ignored within 90 days; train one on the newer base model"
    if measured is None:
        yield f"{adapter.label} has no evaluation"
    elif measured.gain is None:
        yield "no image of the test set has a label that is right or named, so that nothing was measured"
    elif not measured.gain >= margin:  # no gain is enough for a margin of NaN either
        base, own = measured.compared.base_model.f1, measured.compared.adapter.f1
        yield (
            f"at a threshold of {measured.threshold:g} its F1 is {own:.3f} and the base model's {base:.3f}, "
            f"a gain of {measured.gain:+.3f} where {margin:.3f} is wanted"
        )


def worse_labels(at: AtThreshold) -> tuple[str, ...]:
    """Labels that the adapter is wrong about more often than the base model."""
    return tuple(
        each.label
        for each in at.label_evaluation_results
        if each.adapter.false_positive + each.adapter.false_negative
        > each.base_model.false_positive + each.base_model.false_negative
    )
