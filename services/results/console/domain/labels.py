"""What a detector found, as the taxonomy's tree: parents before children, with what the policy made of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.contracts.messages import Evidence, Finding, Reason
from shared.contracts.words import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One label. `depth` is 0 for the taxonomy's first level; `choice` is what the decision says of it, if it does."""

    finding: Finding
    depth: int
    choice: Choice | None


def tree(evidence: Evidence, reasons: Sequence[Reason]) -> list[Seen]:
    """Those of one parent by confidence, the surest first; a label whose parent wasn't seen stands at the top."""
    names = {finding.label for finding in evidence.findings}
    below: dict[str, list[Finding]] = {}
    for finding in sorted(evidence.findings, key=lambda each: (each.confidence, each.label)):
        has_parent = finding.parent in names and finding.parent != finding.label
        below.setdefault(finding.parent if has_parent else "", []).append(finding)
    choices: Mapping[str, Choice | None] = {each.label: each.choice for each in reversed(reasons) if each.label}
    found: list[Seen] = []
    told: set[str] = set()
    waiting = [(finding, 0) for finding in below.get("", [])]
    while waiting:
        finding, depth = waiting.pop()
        if finding.label in told:
            continue
        told.add(finding.label)
        found.append(Seen(finding=finding, depth=depth, choice=choices.get(finding.label)))
        waiting += [(child, depth + 1) for child in below.get(finding.label, [])]
    return found
