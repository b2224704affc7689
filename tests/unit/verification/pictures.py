"""Images with predictions, and people who speak of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.messages import MediaRef
from shared.verification.words import Origin, Predicted, Prediction, Word, said_of

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
ANA, BEN, CEM, DEE = "a" * 16, "b" * 16, "c" * 16, "d" * 16
TENANT, SET = "default", "autumn"


def image(key: str, *labels: str, bucket: str = "media", version: str | None = None) -> Predicted:
    return Predicted(
        source=MediaRef(bucket=bucket, key=key, version_id=version),
        predictions=tuple(Prediction(label=label, confidence=90.5 - n) for n, label in enumerate(labels)),
        model_version="7.0",
    )


def word(of: Predicted, by: str = ANA, *, at_s: int = 0, tenant: str = TENANT, set_: str = SET, **said: Any) -> Word:
    return Word(
        tenant=tenant,
        set=set_,
        image=of,
        said=said_of(of.labels, **said),
        by=by,
        at=AT + timedelta(seconds=at_s),
        origin=Origin.GRID,
    )
