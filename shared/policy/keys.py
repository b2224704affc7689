"""Every key of a policy file: where it may stand, what it takes, what it means. docs/policy.md shows this table."""

from typing import Any, Final

import yaml

from shared.contracts.words import Action, BackendName, Choice
from shared.policy.kinds import Flag, Key, LabelName, ListOf, Number, Section, Text, Whole, Word, entries
from shared.policy.model import (
    Audit,
    Canary,
    Consensus,
    ContentTypeName,
    ContentTypeShift,
    Integration,
    Policy,
    Review,
    ReviewOnly,
    Rule,
    Video,
    WhenIgnored,
)
from shared.policy.problems import Problems

CONFIDENCE: Final = Number(0, 100)
FAIL_CLOSED: Final = Word(Action, never=Action.APPROVE, because="an error or a doubt never approves")
DURATION_MS: Final = Whole(0, 600_000)
FRAMES: Final = Whole(1, 1_000)
NAME: Final = r"[a-z0-9](?:-?[a-z0-9])*"
ADAPTER_ARN: Final = (
    r"arn:[a-z-]+:rekognition:[a-z0-9-]+:[0-9]{12}:"
    r"project/[A-Za-z0-9_.\-]{1,255}/version/[A-Za-z0-9_.\-]{1,255}/[0-9]+"
)

RULE: Final = Section(
    Rule,
    {
        "approve_below": Key(
            CONFIDENCE,
            "Below this the label changes nothing. Alone: a person decides from here on. "
            "With other thresholds it must say what they say: the lowest of them.",
        ),
        "review_from": Key(CONFIDENCE, "A person decides from here up to the next threshold."),
        "restrict_at": Key(CONFIDENCE, "Restricted from here up to the next threshold."),
        "reject_at": Key(CONFIDENCE, "Rejected from here on; always the highest threshold."),
        "alert": Key(Flag(), "Whether an alert is sent when this rule restricts, rejects or asks a person."),
        "min_duration_ms": Key(DURATION_MS, "For videos: in place of `video.min_duration_ms`."),
        "min_frames": Key(FRAMES, "For videos: in place of `video.min_frames`."),
    },
    says="the word `approve`, or a mapping",
    filled=frozenset({"label"}),
)

WITHOUT_OUTCOME: Final = frozenset({"alert", "min_duration_ms", "min_frames"})
"""What says nothing by itself, since no confidence comes to anything by it."""


class Rules:
    """Label → rule. `approve` in a rule's place approves the label whatever the confidence."""

    says: Final = "a mapping from labels to rules"

    def read(self, node: yaml.Node, path: str, problems: Problems) -> tuple[Rule, ...] | None:
        if not isinstance(node, yaml.MappingNode) or not node.value:
            problems.add(path, f"takes {self.says}, at least one")
            return None
        found = [self._rule(*entry, problems) for entry in entries(node, path, problems)]
        return tuple(rule for rule in found if rule is not None)

    def _rule(self, name: yaml.ScalarNode, node: yaml.Node, path: str, problems: Problems) -> Rule | None:
        label = LabelName().read(name, path, problems)
        if isinstance(node, yaml.ScalarNode) and node.value == Choice.APPROVE:
            values: dict[str, Any] | None = {}
        else:
            values = RULE.values(node, path, problems)
            if isinstance(node, yaml.MappingNode) and all(key.value in WITHOUT_OUTCOME for key, _ in node.value):
                problems.add(path, "says nothing: give a threshold, or write `approve` in place of the rule")
        return None if label is None or values is None else Rule(label=label, **values)


SHIFT: Final = Section(
    ContentTypeShift,
    {
        "name": Key(Word(ContentTypeName), "The content type."),
        "at": Key(CONFIDENCE, "The confidence in the content type from which the shift applies."),
        "shift": Key(Number(-100, 100), "Points added to every threshold: up is milder, down is stricter."),
        "labels": Key(
            ListOf(LabelName()), "The labels whose thresholds move, with their descendants; every label when left out."
        ),
    },
)

REVIEW_ONLY: Final = Section(
    ReviewOnly,
    {
        "category": Key(LabelName(), "The label that people see, with its descendants."),
        "at": Key(CONFIDENCE, "The confidence from which they see it."),
    },
)

VIDEO: Final = Section(
    Video,
    {
        "gap_ms": Key(
            Whole(100, 600_000), "Frames of one label that are no further apart are one segment, in milliseconds."
        ),
        "min_duration_ms": Key(
            DURATION_MS, "How long a segment must be to count, from its first frame to its last; one frame is 0 long."
        ),
        "min_frames": Key(FRAMES, "How many frames a segment must have to count."),
        "review_only": Key(
            ListOf(REVIEW_ONLY),
            "The only labels that people are asked about; all if left out, as the rules say.",
        ),
    },
)

AUDIT: Final = Section(
    Audit,
    {
        "approved_percent": Key(Number(0, 100), "Of what the policy approves, how much a person sees all the same."),
        "rejected_percent": Key(Number(0, 100), "Of what the policy rejects, how much a person sees all the same."),
    },
)

REVIEW: Final = Section(
    Review,
    {
        "backend": Key(
            Word(BackendName),
            "Where people decide: Amazon A2I, or Gavel's review desk; as the stack says when left out.",
        ),
        "integration": Key(
            Word(Integration),
            "Who starts a human loop: Gavel (`custom`), or Rekognition by the compiled conditions (`integrated`).",
        ),
        "team": Key(
            Text(63, r"[a-zA-Z0-9](?:-*[a-zA-Z0-9])*", "a work team's name"),
            "Who decides; the stack's own team when left out.",
        ),
        "answers": Key(Whole(1, 3), "How many reviewers see each item."),
        "consensus": Key(Word(Consensus), "How several answers become one ruling."),
        "time_limit_s": Key(Whole(30, 28_800), "How long a reviewer may keep a task, in seconds."),
        "expires_after_s": Key(Whole(1, 864_000), "How long a task waits for reviewers, in seconds."),
        "max_rounds": Key(Whole(1, 10), "How many loops an item gets when they come to no ruling."),
        "target_s": Key(
            Whole(60, 2_592_000),
            "How long after its escalation an item should have its ruling, in seconds; when it takes longer, an alert.",
        ),
        "fallback": Key(FAIL_CLOSED, "The action when no round came to a ruling."),
        "confirmed": Key(
            FAIL_CLOSED,
            "Integrated path: what a label means that a reviewer confirmed and whose rule only asks for a person.",
        ),
        "golden_percent": Key(
            Number(0, 50),
            "Beside how many of the loops another is opened about a golden item, whose right answer is known.",
        ),
        "instructions": Key(Text(4_000), "What reviewers are told beside the media."),
    },
)

ADAPTER: Final = Text(2_048, ADAPTER_ARN, "the ARN of a Rekognition project version")

CANARY: Final = Section(
    Canary,
    {
        "percent": Key(Number(0.01, 100), "Of all images, how many the other model looks at too."),
        "adapter": Key(
            ADAPTER, "The other model: an adapter that may take the place of `adapter`; else the base model."
        ),
    },
)

POLICY: Final = Section(
    Policy,
    {
        "name": Key(Text(32, NAME, "lowercase letters, digits and single hyphens"), "The policy's name."),
        "min_confidence": Key(CONFIDENCE, "Rekognition reports no label below this; no threshold may be lower."),
        "unlisted": Key(Word(Choice), "The outcome for labels that no rule covers."),
        "rules": Key(Rules(), "What happens to each label and its descendants."),
        "content_types": Key(ListOf(SHIFT), "Thresholds that move when the media is animated or illustrated."),
        "video": Key(VIDEO, "How the frames of a video come to one decision."),
        "audit": Key(AUDIT, "Random samples of what the policy decided, for people to see."),
        "review": Key(REVIEW, "How people decide."),
        "adapter": Key(ADAPTER, "The custom moderation adapter to use."),
        "adapter_ignored": Key(
            Word(WhenIgnored),
            "What becomes of an image that the base model judged since `adapter` couldn't be used: "
            "its answer holds, or people decide.",
        ),
        "canary": Key(CANARY, "A sample of images that another model looks at too; its answer decides nothing."),
    },
    filled=frozenset({"version"}),
)
