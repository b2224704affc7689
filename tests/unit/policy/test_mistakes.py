"""A policy's mistakes are told one by one, each at its line and with what would be right."""

import pytest

from tests.unit.policy.test_load import ADAPTER, problems

SOUND = "name: x\nrules:\n  Violence: {review_from: 60}\n"


@pytest.mark.parametrize(
    ("text", "line", "path", "says"),
    [
        # not YAML, or not a document of ours
        ("", 1, "", "is empty"),
        ("# only a comment\n", 1, "", "is empty"),
        ("name: [", 1, "", "isn't YAML"),
        ("name: x\n\t- y", 2, "", "isn't YAML"),
        ("name: \x00", 1, "", "isn't YAML"),
        ("- x\n", 1, "", "takes a mapping"),
        ("just words\n", 1, "", "takes a mapping"),
        (SOUND + "---\nname: y\n", 4, "", "a second document"),
        ("a: &x [1]\nb: *x\n", 2, "", "is an alias"),
        ("[" * 3_000, 1, "", "nested deeper"),
        ("#" * 70_000, 1, "", "at most 65,536"),
        ("? [a]\n: 1\nname: x\nrules: {Violence: {review_from: 60}}\n", 1, "", "a key must be a word"),
        # missing and unknown
        ("rules: {Violence: {review_from: 60}}\n", 1, "", "`name` is missing"),
        ("name: x\n", 1, "", "`rules` is missing"),
        (SOUND + "min-confidence: 50\n", 4, "min-confidence", "did you mean `min_confidence`?"),
        (SOUND + "consensus: majority\n", 4, "consensus", "it belongs under `review`"),
        (SOUND + "zzz: 1\n", 4, "zzz", "the keys are `name`"),
        (SOUND + "<<: 1\n", 4, "<<", "isn't a key here"),
        (SOUND + "name: y\n", 4, "", "`name` comes twice; it is on line 1 already"),
        # values
        (SOUND + "min_confidence: high\n", 4, "min_confidence", "takes a number from 0 to 100, not `high`"),
        (SOUND + 'min_confidence: "50"\n', 4, "min_confidence", "leave the quotes out"),
        (SOUND + "min_confidence:\n", 4, "min_confidence", "not nothing"),
        (SOUND + "min_confidence: [50]\n", 4, "min_confidence", "not a list"),
        (SOUND + "min_confidence: 0x32\n", 4, "min_confidence", "takes a number"),
        (SOUND + "min_confidence: 050\n", 4, "min_confidence", "takes a number"),
        (SOUND + "min_confidence: .nan\n", 4, "min_confidence", "takes a number"),
        (SOUND + "min_confidence: -1\n", 4, "min_confidence", "takes a number from 0 to 100"),
        (SOUND + "min_confidence: 50.125\n", 4, "min_confidence", "at most two decimals"),
        (SOUND + "min_confidence: 61\n", 3, "rules.Violence.review_from", "below `min_confidence` (61)"),
        (SOUND + "name2: y\n", 4, "name2", "did you mean `name`?"),
        (SOUND + "unlisted: Escalate\n", 4, "unlisted", "takes `approve`, `restrict`, `reject` or `escalate`"),
        (SOUND + "adapter: arn:aws:s3:::b\n", 4, "adapter", "takes the ARN of a Rekognition project version"),
        (SOUND + "adapter_ignored: escalate\n", 4, "adapter_ignored", "says nothing without an `adapter`"),
        (SOUND + "canary: {percent: 5}\n", 4, "canary", "compares the base model with itself"),
        (SOUND + f"canary: {{percent: 0, adapter: {ADAPTER}}}\n", 4, "canary.percent", "takes a number from 0.01"),
        (SOUND + f"canary: {{adapter: {ADAPTER}}}\n", 4, "canary", "`percent` is missing"),
        ("name: 7\nrules: {Violence: {review_from: 60}}\n", 1, "name", "put it in quotes"),
        (f"name: {'x' * 33}\nrules: {{Violence: {{review_from: 60}}}}\n", 1, "name", "at most 32 characters"),
        ("name: a--b\nrules: {Violence: {review_from: 60}}\n", 1, "name", "single hyphens"),
        # rules
        ("name: x\nrules: {}\n", 2, "rules", "at least one"),
        ("name: x\nrules: [Violence]\n", 2, "rules", "takes a mapping from labels to rules"),
        ("name: x\nrules:\n  violence: approve\n", 3, "rules.violence", "did you mean `Violence`"),
        (
            "name: x\nrules:\n  Hanging: approve\n",
            3,
            "rules.Hanging",
            "of moderation model 6.1; in 7.0 it falls under `Corpses`",
        ),
        ("name: x\nrules:\n  Violence:\n", 3, "rules.Violence", "takes the word `approve`, or a mapping"),
        ("name: x\nrules:\n  Violence: {}\n", 3, "rules.Violence", "says nothing"),
        ("name: x\nrules:\n  Violence: {alert: true}\n", 3, "rules.Violence", "says nothing"),
        (
            "name: x\nrules:\n  Violence: {alert: yes, review_from: 60}\n",
            3,
            "rules.Violence.alert",
            "takes `true` or `false`",
        ),
        (
            "name: x\nrules:\n  Violence:\n    review_from: 90\n    reject_at: 80\n",
            4,
            "rules.Violence.review_from",
            "90 is above `reject_at` (80), which must be the highest",
        ),
        (
            "name: x\nrules:\n  Violence:\n    review_from: 80\n    reject_at: 80\n",
            5,
            "rules.Violence.reject_at",
            "begins at 80 as `review_from` does",
        ),
        (
            "name: x\nrules:\n  Violence:\n    approve_below: 60\n    reject_at: 80\n",
            4,
            "rules.Violence.approve_below",
            "confidences between 60 and 80 have no outcome; make it 80, or let `review_from` begin at 60",
        ),
        (
            "name: x\nrules:\n  Violence:\n    approve_below: 90\n    reject_at: 80\n",
            4,
            "rules.Violence.approve_below",
            "confidences between 80 and 90 have two outcomes; make it 80",
        ),
        (
            "name: x\nrules:\n  Violence: {approve_below: 40}\n",
            3,
            "rules.Violence.approve_below",
            "below `min_confidence`",
        ),
        # content types
        (SOUND + "content_types: []\n", 4, "content_types", "not an empty list"),
        (SOUND + "content_types: {Animated: 10}\n", 4, "content_types", "takes a list"),
        (SOUND + "content_types:\n  - Animated\n", 5, "content_types[0]", "takes a mapping with `name`"),
        (SOUND + "content_types:\n  - {name: Animated, at: 80}\n", 5, "content_types[0]", "`shift` is missing"),
        (
            SOUND + "content_types:\n  - {name: Drawn, at: 8, shift: 1}\n",
            5,
            "content_types[0].name",
            "`Animated` or `Illustrated`",
        ),
        (
            SOUND + "content_types:\n  - {name: Animated, at: 80, shift: 0}\n",
            5,
            "content_types[0].shift",
            "0 moves nothing",
        ),
        (
            SOUND + "content_types:\n  - {name: Animated, at: 80, shift: -11}\n",
            5,
            "content_types[0].shift",
            "takes the lowest threshold of `Violence` to 49, below `min_confidence` (50)",
        ),
        (
            SOUND + "content_types:\n  - {name: Animated, at: 80, shift: 41}\n",
            5,
            "content_types[0].shift",
            "takes the lowest threshold of `Violence` to 101: nothing would be left but approval",
        ),
        (
            SOUND + "content_types:\n  - {name: Animated, at: 80, shift: 4, labels: [Alcohol]}\n",
            5,
            "content_types[0].shift",
            "moves nothing: no rule",
        ),
        (
            SOUND + "content_types:\n  - {name: Animated, at: 80, shift: 4, labels: [Weapon]}\n",
            5,
            "content_types[0].labels[0]",
            "did you mean `Weapons`",
        ),
        (
            SOUND + "content_types:\n  - {name: Animated, at: 8, shift: 4}\n"
            "  - {name: Animated, at: 9, shift: 9, labels: [Violence]}\n",
            6,
            "content_types[1]",
            "content_types[0] shifts every label for Animated already",
        ),
        (
            SOUND + "content_types:\n  - {name: Animated, at: 8, shift: 4, labels: [Weapons]}\n"
            "  - {name: Animated, at: 9, shift: 9, labels: [Violence]}\n",
            6,
            "content_types[1]",
            "content_types[0] shifts `Weapons` for Animated already",
        ),
        # video
        (SOUND + "video: {gap: 500}\n", 4, "video.gap", "did you mean `gap_ms`?"),
        (SOUND + "video: {gap_ms: 99}\n", 4, "video.gap_ms", "takes a whole number from 100 to 600000"),
        (SOUND + "video: {min_frames: 0}\n", 4, "video.min_frames", "takes a whole number from 1 to 1000"),
        (SOUND + "min_frames: 2\n", 4, "min_frames", "it belongs under `video`"),
        (SOUND + "video: {review_only: []}\n", 4, "video.review_only", "takes a list"),
        (SOUND + "video: {review_only: [{category: Violence}]}\n", 4, "video.review_only[0]", "`at` is missing"),
        (
            SOUND + "video: {review_only: [{category: Violense, at: 70}]}\n",
            4,
            "video.review_only[0].category",
            "did you mean `Violence`",
        ),
        (
            SOUND + "video: {review_only: [{category: Gambling, at: 70}]}\nunlisted: approve\n",
            4,
            "video.review_only[0]",
            "no rule asks a person about `Gambling` from 70 on",
        ),
        (
            "name: x\nrules:\n  Violence: {review_from: 60, reject_at: 95}\n"
            "video: {review_only: [{category: Violence, at: 95}]}\n",
            4,
            "video.review_only[0]",
            "no rule asks a person about `Violence` from 95 on",
        ),
        (
            SOUND + "video: {review_only: [{category: Violence, at: 40}]}\n",
            4,
            "video.review_only[0].at",
            "40 is below `min_confidence` (50)",
        ),
        (
            SOUND + "video:\n  review_only:\n    - {category: Violence, at: 70}\n    - {category: Violence, at: 80}\n",
            7,
            "video.review_only[1]",
            "video.review_only[0] has `Violence` already",
        ),
        (
            "name: x\nrules:\n  Violence: {min_frames: 3, alert: true}\n",
            3,
            "rules.Violence",
            "says nothing: give a threshold",
        ),
        # audit and review
        (SOUND + "audit: 5\n", 4, "audit", "takes a mapping with `approved_percent` or `rejected_percent`"),
        (SOUND + "audit: {approved_percent: 101}\n", 4, "audit.approved_percent", "takes a number from 0 to 100"),
        (SOUND + "review: {answers: 4}\n", 4, "review.answers", "takes a whole number from 1 to 3"),
        (SOUND + "review: {answers: 1.5}\n", 4, "review.answers", "takes a whole number from 1 to 3"),
        (SOUND + f"review: {{answers: {'9' * 5_000}}}\n", 4, "review.answers", "5,000 characters"),
        (SOUND + "review: {time_limit_s: 29}\n", 4, "review.time_limit_s", "from 30 to 28800"),
        (SOUND + "review: {expires_after_s: 864001}\n", 4, "review.expires_after_s", "from 1 to 864000"),
        (SOUND + "review: {expires_after_s: 60}\n", 4, "review", "3600 is longer than the task waits"),
        (SOUND + "review: {fallback: approve}\n", 4, "review.fallback", "an error or a doubt never approves"),
        (SOUND + "review: {confirmed: approve}\n", 4, "review.confirmed", "an error or a doubt never approves"),
        (SOUND + "review: {backend: mturk}\n", 4, "review.backend", "takes `a2i` or `desk`"),
        (SOUND + "review: {backend: desk, integration: integrated}\n", 4, "review.integration", "needs A2I"),
        (SOUND + "review: {golden_percent: 51}\n", 4, "review.golden_percent", "takes a number from 0 to 50, not `51`"),
        (
            SOUND + "review: {integration: integrated, golden_percent: 5}\n",
            4,
            "review.golden_percent",
            "needs `integration: custom`",
        ),
        (SOUND + "review: {instructions: }\n", 4, "review.instructions", "not nothing"),
        (SOUND + "review: {team: 'a team'}\n", 4, "review.team", "takes a work team's name"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_would_be_right(text: str, line: int, path: str, says: str) -> None:
    found = problems(text)
    told = [each for each in found if says in each.text]
    assert [
        (each.line, each.path.removesuffix(".time_limit_s") if path == "review" else each.path) for each in told
    ] == [(line, path)], found


@pytest.mark.parametrize(
    "text", ["name: x\nrules: {Weapon: approve}\ncontent_types: [{name: Animated, at: 1, shift: 5}]\n"]
)
def test_one_mistake_is_not_told_as_another(text: str) -> None:
    assert [each.path for each in problems(text)] == ["rules.Weapon"]
