"""What several people's words on one image come to, and what that adds to a set's counts.

A word counts when it answers every prediction, and of each person the newest. A label is there when more than half of
these people say so. Where it is exactly half, the image is disputed: it counts for nothing until somebody else has
spoken.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from shared.contracts.messages import MediaRef
from shared.verification.words import Predicted, Said, Word

IMAGES = "images"
DISPUTED = "disputed"
RIGHT, WRONG, MISSING = "right", "wrong", "missing"


class ImageState(msgspec.Struct, frozen=True, kw_only=True):
    """An image of a set with everybody's newest word, by pseudonym; `words` is how many there were in all."""

    source: MediaRef
    predicted: tuple[str, ...] = ()
    said: dict[str, Said] = {}
    words: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """`labels` are there; about those `disputed` as many people say yes as no."""

    labels: tuple[str, ...]
    disputed: tuple[str, ...]
    people: int


def begun(image: Predicted) -> ImageState:
    return ImageState(source=image.source, predicted=tuple(sorted(image.labels)))


def with_word(state: ImageState, word: Word) -> ImageState:
    """The same state when this person has said just that already."""
    if state.said.get(word.by, Said()) == word.said:
        return state
    return msgspec.structs.replace(state, said=state.said | {word.by: word.said}, words=state.words + 1)


def settled(words: Iterable[tuple[frozenset[str], Said]]) -> Settled | None:
    """`words` has of each person what was predicted, and what they said of it. None when nobody's is whole."""
    truths = [said.truth for predicted, said in words if said.is_whole(predicted)]
    if not truths:
        return None
    votes = Counter(label for truth in truths for label in truth)
    return Settled(
        labels=tuple(sorted(label for label, count in votes.items() if count * 2 > len(truths))),
        disputed=tuple(sorted(label for label, count in votes.items() if count * 2 == len(truths))),
        people=len(truths),
    )


def settled_state(state: ImageState) -> Settled | None:
    predicted = frozenset(state.predicted)
    return settled((predicted, said) for said in state.said.values())


def tally(state: ImageState) -> Counter[str]:
    """What the image adds to its set's counts: `images`, `disputed`, `bucket#<name>`, and for each label
    `right#<label>`, `wrong#<label>` (a false positive) or `missing#<label>` (a false negative)."""
    found = settled_state(state)
    if found is None:
        return Counter()
    if found.disputed:
        return Counter({DISPUTED: 1})
    there, predicted = set(found.labels), set(state.predicted)
    return Counter(
        [
            IMAGES,
            f"bucket#{state.source.bucket}",
            *(f"{RIGHT}#{label}" for label in there & predicted),
            *(f"{WRONG}#{label}" for label in predicted - there),
            *(f"{MISSING}#{label}" for label in there - predicted),
        ]
    )


def change(before: ImageState, after: ImageState) -> Mapping[str, int]:
    """What to add to the counts, below zero included, when the one has become the other."""
    added = tally(after)
    added.subtract(tally(before))
    return {name: count for name, count in added.items() if count}
