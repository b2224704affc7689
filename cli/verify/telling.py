"""Sets and counts, as the command line tells them."""

from dataclasses import dataclass
from typing import Any

from shared.verification.counts import Counts, LabelCounts
from shared.verification.sets import VerificationSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A set and how far it is; `begun` is None of rulings on live cases."""

    name: str
    begun: VerificationSet | None
    counts: Counts


def what_is_missing(label: LabelCounts, counts: Counts) -> str:
    if not label.is_enough:
        return f"{label.false_positives_missing} false positives or {label.false_negatives_missing} false negatives"
    more = counts.images_missing(label)
    return f"{more} more images to test with" if more else "[green]ready[/]"


def as_json(progress: Progress) -> dict[str, Any]:
    return {
        "set": progress.name,
        "begun": told(progress.begun) if progress.begun else None,
        **counted(progress.counts),
    }


def told(set_: VerificationSet) -> dict[str, Any]:
    return {name: getattr(set_, name) for name in set_.__struct_fields__}


def counted(counts: Counts) -> dict[str, Any]:
    labels = {
        each.label: {
            "right": each.right,
            "false_positives": each.false_positives,
            "false_negatives": each.false_negatives,
            "is_trainable": each.label in counts.trainable,
            "false_positives_missing": each.false_positives_missing,
            "false_negatives_missing": each.false_negatives_missing,
            "images_missing": counts.images_missing(each),
        }
        for each in counts.labels
    }
    return {"images": counts.images, "disputed": counts.disputed, "buckets": counts.buckets, "labels": labels}
