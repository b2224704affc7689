"""What a bulk run is asked for, checked whole: every problem at once, and before anything is paid."""

import hashlib
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from cli.dataset.plan import Place
from cli.runs import PlanProblems
from shared.policy.model import Policy

NAME: Final = re.compile(r"[a-zA-Z0-9_.\-]{1,64}")
"""What Rekognition takes for a job's name; and no path leads out of a folder by it."""
ADAPTER: Final = re.compile(
    r"arn:[a-z\d-]+:rekognition:[a-z\d-]+:\d{12}:project/[a-zA-Z0-9_.\-]{1,255}/version/[a-zA-Z0-9_.\-]{1,255}/\d+"
)
DEFAULT_MIN_CONFIDENCE: Final = 50.0
"""Rekognition's own."""


class Mode(StrEnum):
    """Who is asked: Rekognition's bulk analysis, or the pipeline, image by image."""

    FAN_OUT = "fan-out"
    MEDIA_ANALYSIS = "media-analysis"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`source` is an address in S3 or the path of a manifest. With `policy`, the name of one, everything is judged by
    it, and `min_confidence` and `adapter` are its own."""

    run: str
    source: str
    mode: Mode
    stack: str
    min_confidence: float
    adapter: str | None = None
    policy: str | None = None

    @property
    def place(self) -> Place | None:
        """None for a manifest."""
        return Place.read(self.source)

    @property
    def folder(self) -> str:
        """Of the evidence bucket: what this run leaves there."""
        return f"bulk/{self.run}/"


def read_plan(
    *,
    source: str,
    mode: Mode,
    stack: str,
    name: str | None,
    min_confidence: float | None,
    adapter: str | None,
    policy: str | None,
) -> Plan:
    """Raises PlanProblems with all of them. A run without a name gets one that follows from everything else, so that a
    repeat finds what was paid already."""
    problems: list[str] = []
    told = source
    if not source.startswith("s3://"):
        told = str(Path(source).absolute())
        if not Path(source).is_file():
            problems.append(f"{source!r}: write s3://bucket, s3://bucket/folder, or a manifest's path; no such file")
    elif Place.read(source) is None:
        problems.append(f"{source!r}: write s3://bucket or s3://bucket/folder")
    if name is not None and (not NAME.fullmatch(name) or name.startswith(".")):
        problems.append(f"--name {name!r}: 1 to 64 letters, digits, dots, hyphens and underscores, no dot first")
    if min_confidence is not None and not 0 <= min_confidence <= 100:
        problems.append(f"--min-confidence {min_confidence:g}: it must be within 0 and 100")
    if adapter is not None and not ADAPTER.fullmatch(adapter):
        problems.append("--adapter: write the ARN of a project version")
    if policy is not None and (adapter is not None or min_confidence is not None):
        problems.append("--policy: it says itself which adapter is asked, and how sure that must be")
    if problems:
        raise PlanProblems(problems)
    parts = (stack, mode, told, _content(source), str(min_confidence), adapter or "", policy or "")
    return Plan(
        run=name or _run_name(parts),
        source=told,
        mode=mode,
        stack=stack,
        min_confidence=DEFAULT_MIN_CONFIDENCE if min_confidence is None else min_confidence,
        adapter=adapter,
        policy=policy,
    )


def judged_by(plan: Plan, policy: Policy) -> Plan:
    """The plan with what the policy asks for. Raises PlanProblems where nobody could tell who has answered."""
    if plan.mode is Mode.MEDIA_ANALYSIS and policy.adapter is not None:
        raise PlanProblems(
            [
                f"--policy {policy.name}: it names an adapter, and results of bulk analysis don't say whether that has "
                "answered or was ignored, as expired ones are; --mode fan-out asks image by image, and is told"
            ]
        )
    return msgspec.structs.replace(plan, min_confidence=policy.min_confidence, adapter=policy.adapter)


def resume_problems(before: Plan, now: Plan) -> list[str]:
    """Why the run that was begun with `before` isn't the one that is asked for now."""
    asked = () if before.policy is not None and before.policy == now.policy else ("min_confidence", "adapter")
    return [
        f"{name.replace('_', '-')}: the run was begun with {getattr(before, name)}, not {getattr(now, name)}"
        for name in ("source", "mode", "stack", "policy", *asked)
        if getattr(before, name) != getattr(now, name)
    ]


def _run_name(parts: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def _content(source: str) -> str:
    """A manifest's, so that another one under the same name is another run."""
    if source.startswith("s3://"):
        return ""
    with Path(source).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
