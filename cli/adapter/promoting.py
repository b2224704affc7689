"""Puts an adapter into a policy that is in force, and takes it out again. The ledger is told first, then S3."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cli.adapter.promotion import (
    CannotPromote,
    NothingToCompare,
    figures,
    objections,
    require_usable,
    worse_labels,
)
from cli.adapter.session import NoSuchAdapter, Session
from cli.adapter.writing import with_adapter
from shared.aws.objects import fetch
from shared.aws.policy_deployments import InForce
from shared.contracts.messages import PolicyRef
from shared.custom_moderation.evaluation import AtThreshold, Evaluation, panels, read_evaluation
from shared.custom_moderation.projects import Adapter
from shared.errors import Permanent, Transient
from shared.ledger.adapters import AdapterPromoted, AdapterRolledBack, promotion_to, voided
from shared.policy.load import load
from shared.policy.model import Policy

EVALUATION_LIMIT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What is asked for. `threshold` of None is the adapter's own; `file` is the policy's file, to be written too."""

    adapter: Adapter
    policy: str
    margin: float
    threshold: float | None
    is_forced: bool
    file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """`worse` are labels that the adapter is wrong about more often than the base model."""

    entry: AdapterPromoted
    worse: tuple[str, ...]


async def evaluation_of(adapter: Adapter, session: Session) -> Evaluation | None:
    """None for one that has none (yet). Raises EvaluationUnreadable, Transient."""
    if adapter.evaluation is None:
        return None
    place = adapter.evaluation
    fetched = await fetch(session.s3, place.bucket, place.key, what="evaluation", limit_bytes=EVALUATION_LIMIT_BYTES)
    return read_evaluation(fetched.body)


def measured_at(evaluation: Evaluation, threshold: float | None) -> AtThreshold:
    """Raises NothingToCompare."""
    if threshold is None:
        return evaluation.given
    found = evaluation.at(threshold)
    if found is None:
        known = ", ".join(f"{each.confidence_threshold:g}" for each in evaluation.thresholds)
        raise NothingToCompare(f"nothing was measured at {threshold:g}; the thresholds are {known}")
    return found


async def promote_adapter(wanted: Promotion, session: Session, now: datetime) -> Promoted:
    """Raises CannotPromote, NothingToCompare, PolicyError; Permanent `policy-changed` when somebody was faster."""
    adapter = wanted.adapter
    require_usable(adapter)
    in_force = await session.deployments.in_force(wanted.policy)
    text, after = with_adapter(
        await _text(in_force.policy, wanted.file, session), adapter.arn, origin=str(wanted.file or wanted.policy)
    )
    evaluation = await evaluation_of(adapter, session)
    at = measured_at(evaluation, wanted.threshold) if evaluation else None
    measured = figures(evaluation, at) if evaluation and at else None
    against = tuple(objections(adapter, measured, wanted.margin))
    if against and not wanted.is_forced:
        raise CannotPromote(*against, can_be_forced=True)
    before = load(await session.deployments.text(in_force.policy), origin=wanted.policy)
    entry = AdapterPromoted(
        at=now,
        by=await session.who(),
        policy=wanted.policy,
        before=before.version,
        after=after.version,
        adapter=adapter.arn,
        replaced=before.adapter,
        margin=wanted.margin,
        figures=measured,
        panels=tuple(panels(evaluation)) if evaluation else (),
        forced=against,
    )
    await session.deployments.keep(PolicyRef(name=wanted.policy, version=after.version), text)
    await _put_in_force(entry, in_force, session)
    if wanted.file is not None:
        _write(wanted.file, text)
    return Promoted(entry=entry, worse=worse_labels(at) if at else ())


async def roll_back(
    policy: str, session: Session, now: datetime, *, is_forced: bool, file: Path | None = None
) -> AdapterRolledBack:
    """To the version that the promotion of the one in force has replaced; `file` is the policy's file, to be written
    too. Raises CannotPromote, PolicyError, Permanent."""
    in_force = await session.deployments.in_force(policy)
    promotion = promotion_to(in_force.policy.version, await session.history.of(policy))
    if promotion is None:
        raise CannotPromote(
            f"version {in_force.policy.version} of policy {policy} wasn't put in force by a promotion, "
            "so there is none to take back: deploy the policy as it should be"
        )
    text = await session.deployments.text(PolicyRef(name=policy, version=promotion.before))
    target = load(text, origin=f"{policy}@{promotion.before}")
    # Where the promotion left the file as it was, there is nothing to write.
    outdated = file if file is not None and _said(file) != (policy, promotion.before) else None
    if outdated is not None:
        _require_in_force(outdated, in_force.policy)
    against = await _against(target, session)
    if against and not is_forced:
        raise CannotPromote(*against, can_be_forced=True)
    entry = AdapterRolledBack(
        at=now,
        by=await session.who(),
        policy=policy,
        before=in_force.policy.version,
        after=promotion.before,
        adapter=target.adapter,
        replaced=promotion.adapter,
        undone=promotion.at,
        forced=against,
    )
    await _put_in_force(entry, in_force, session)
    if outdated is not None:
        _write(outdated, text)
    return entry


async def users(session: Session) -> dict[str, list[str]]:
    """The policies whose version in force names an adapter, be it as a canary's, by its ARN."""
    found: dict[str, list[str]] = {}
    for policy in await policies_in_force(session):
        named = (policy.adapter, policy.canary.adapter if policy.canary else None)
        for arn in named:
            if arn is not None:
                found.setdefault(arn, []).append(policy.name)
    return found


async def policies_in_force(session: Session) -> Sequence[Policy]:
    """Of every name that has a version in force. Raises PolicyError for one that can't be read."""
    found = []
    for name in await session.deployments.names():
        try:
            in_force = await session.deployments.in_force(name)
        except Transient as error:
            if error.code == "policy-missing":  # deployed once, and in force no more
                continue
            raise
        found.append(load(await session.deployments.text(in_force.policy), origin=f"{name}@{in_force.policy.version}"))
    return found


async def _put_in_force(entry: AdapterPromoted | AdapterRolledBack, instead_of: InForce, session: Session) -> None:
    """The ledger is told first, and told again when it came to nothing."""
    await session.history.add(entry)
    try:
        await session.deployments.put_in_force(entry.after, instead_of)
    except Permanent as refusal:
        if refusal.code == "policy-changed":
            await session.history.add(voided(entry))
        raise


async def _text(policy: PolicyRef, file: Path | None, session: Session) -> str:
    """What the adapter is written into: the file if there is one, which must say what is in force."""
    if file is None:
        return await session.deployments.text(policy)
    _require_in_force(file, policy)
    return _read(file)


def _require_in_force(file: Path, policy: PolicyRef) -> None:
    name, version = _said(file)
    if (name, version) != (policy.name, policy.version):
        raise CannotPromote(
            f"{file} is {name} at {version}, and {policy.name} at {policy.version} is in force: "
            "deploy it first, so that nothing but the adapter changes"
        )


def _said(file: Path) -> tuple[str, str]:
    """Which policy a file is, at which version."""
    said = load(_read(file), origin=str(file))
    return said.name, said.version


def _read(file: Path) -> str:
    with file.open(encoding="utf-8", newline="") as opened:
        return opened.read()


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="")


async def _against(target: Policy, session: Session) -> tuple[str, ...]:
    """What speaks against going back to a version: an adapter that Rekognition wouldn't ask any more."""
    if target.adapter is None:
        return ()
    try:
        require_usable(await session.adapter(target.adapter))
    except (NoSuchAdapter, CannotPromote) as error:
        return (f"version {target.version} uses an adapter that can't be used: {error}",)
    return ()
