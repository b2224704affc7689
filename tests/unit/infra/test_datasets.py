"""Whom `gavel dataset` asks: people of the stack's own team, on a flow definition that REVIEW hears nothing of."""

import json
from typing import Any

import msgspec
import pytest

from cli.connection import DatasetReview
from services.review.templates.generate import dataset
from tests.unit.infra.stacks import KINDS, WITH_A2I, declared

FLOW = "aws:sagemaker/flowDefinition:FlowDefinition"


def review(kind: str) -> dict[str, Any]:
    told: dict[str, Any] = declared(kind).outputs["dataset_review"]
    return told


@pytest.mark.parametrize("kind", KINDS)
def test_ends_of_these_loops_are_not_brought_to_review(kind: str) -> None:
    rule = declared(kind).one("aws:cloudwatch/eventRule:EventRule", "human-loop-status").inputs
    prefixes = [each["prefix"] for each in json.loads(rule["eventPattern"])["detail"]["flowDefinitionArn"]]
    told = review(kind)
    arns = [told["a2i"]["flow_definition"]] if "a2i" in told else []
    arns += [told["desk"]["flow"]] if "desk" in told else []
    assert arns
    assert not [arn for arn in arns if arn.startswith(tuple(prefixes))]


@pytest.mark.parametrize("kind", WITH_A2I)
def test_a2i_asks_one_person_on_the_page_for_datasets(kind: str) -> None:
    flow = declared(kind).one(FLOW, "flow-dataset").inputs
    page = declared(kind).one("aws:sagemaker/humanTaskUI:HumanTaskUI", "page-dataset").inputs
    assert flow["humanLoopConfig"]["taskCount"] == 1
    assert page["uiTemplate"]["content"] == dataset()
    assert review(kind)["backend"] == "a2i"


def test_without_a2i_the_desk_is_asked() -> None:
    told = review("desk")
    assert (told["backend"], "a2i" in told) == ("desk", False)
    assert told["desk"]["group"] == declared("desk").outputs["reviewers_group"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_line_reads_it(kind: str) -> None:
    assert msgspec.convert(review(kind), DatasetReview).backend == review(kind)["backend"]
