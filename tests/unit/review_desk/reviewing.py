"""A loop of the desk's own, and people who work on it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.review.desk.domain.loops import About, Loop, Reviewer

BEGIN = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"
ANNA, BEN, CLEO = (Reviewer(issuer=ISSUER, subject=f"subject-{number}") for number in range(3))
REJECT: dict[str, Any] = {"ruling": {"reject": True}}
APPROVE: dict[str, Any] = {"ruling": {"approve": True}}


def at(**since_begin: float) -> datetime:
    return BEGIN + timedelta(**since_begin)


def loop(**changes: Any) -> Loop:
    made = Loop(
        name="aaaaaaaaaaaaaaaaaaaaaaaaaa-01234567-r1",
        flow="arn:aws:gavel:us-east-1:111122223333:flow-definition/gavel-dev-standard",
        group="gavel-dev-moderators",
        about=About(title="Review an image", kind="image", category="Violence", severity=53),
        created_at=BEGIN,
        expires_at=at(hours=24),
        time_limit_s=1800,
        answers_wanted=1,
        output_uri="s3://evidence/human-loops/x/output.json",
        template="0f",
    )
    return replace(made, **changes)
