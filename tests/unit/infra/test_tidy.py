"""`make tidy`: what a stack has left behind at A2I goes, and nothing that anybody is at."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.config import load
from infra.deploy.ports import Flow, Page, Refused
from infra.deploy.tidy import tidy
from tests.fakes.pulumi_engine import arn
from tests.unit.infra.stacks import declared
from tests.unit.infra.test_deploy import FakeCloud, Told

NOW = Flow(name="gavel-dev-standard-custom-2222222222", arn="flow:now")
BEFORE = Flow(name="gavel-dev-standard-custom-1111111111", arn="flow:before")
BUSY = Flow(name="gavel-dev-standard-video-1111111111", arn="flow:busy")
OF_DATASETS = Flow(name="dataset-gavel-dev-3333333333", arn="flow:datasets")
ONCE_OF_DATASETS = Flow(name="dataset-gavel-dev-1111111111", arn="flow:once-datasets")
SOMEBODYS = Flow(name="gavel-prod-standard-custom-1111111111", arn="flow:prod")
OUTPUTS = {
    "flow_definitions": {"standard": {"custom": NOW.arn}},
    "dataset_review": {"backend": "a2i", "a2i": {"flow_definition": OF_DATASETS.arn}},
}


def page_of(flow: Flow) -> Page:
    return Page(name=flow.name, arn=f"page of {flow.arn}")


@dataclass
class FakeReviews:
    told: str | None = json.dumps(OUTPUTS)
    there: list[Flow] = field(default_factory=lambda: [NOW, BEFORE, BUSY, OF_DATASETS, ONCE_OF_DATASETS, SOMEBODYS])
    deleted: list[str] = field(default_factory=list)

    def outputs(self, stack: str) -> str | None:
        assert stack == "dev"
        return self.told

    def flows(self) -> list[Flow]:
        return self.there

    def page_of(self, flow: Flow) -> str:
        return page_of(flow).arn

    def is_worked_at(self, flow: Flow) -> bool:
        return flow == BUSY

    def pages(self) -> list[Page]:
        return [page_of(flow) for flow in self.there]

    def delete_flow(self, flow: Flow) -> None:
        self.deleted.append(flow.arn)

    def delete_page(self, page: Page) -> None:
        self.deleted.append(page.arn)


def tidied(reviews: FakeReviews, *, is_sure: bool = True, **values: Any) -> list[str]:
    told = Told()
    tidy(load("dev", {"region": "us-east-1"} | values), FakeCloud(), reviews, is_sure=is_sure, say=told.say)
    return told.said


def test_what_the_stack_no_longer_uses_goes_unless_people_are_at_it() -> None:
    reviews = FakeReviews()
    said = tidied(reviews)
    gone = [BEFORE.arn, ONCE_OF_DATASETS.arn]
    assert reviews.deleted == [*gone, *(f"page of {arn}" for arn in gone)]
    assert said[0] == "gavel-dev-standard-video-1111111111 stays: people are at its loops"
    assert said[1] == "flow definition gavel-dev-standard-custom-1111111111"


def test_nothing_goes_before_somebody_has_seen_what_would() -> None:
    reviews = FakeReviews()
    said = tidied(reviews, is_sure=False)
    assert reviews.deleted == []
    assert "flow definition gavel-dev-standard-custom-1111111111" in said
    assert said[-1] == "Nothing was deleted yet: make tidy ENV=dev YES=1 does."


def test_of_a_stack_that_was_taken_down_everything_is_left_behind() -> None:
    reviews = FakeReviews(told=None)
    tidied(reviews)
    assert {NOW.arn, OF_DATASETS.arn} <= set(reviews.deleted)
    assert not {BUSY.arn, SOMEBODYS.arn, f"page of {BUSY.arn}"} & set(reviews.deleted)


def test_a_tidy_stack_has_nothing_to_delete() -> None:
    reviews = FakeReviews(there=[NOW, OF_DATASETS])
    assert tidied(reviews) == ["There is nothing to delete."]
    assert reviews.deleted == []


def test_another_accounts_leftovers_are_none_of_the_stacks() -> None:
    reviews = FakeReviews()
    with pytest.raises(Refused, match="dev belongs into account 999999999999"):
        tidied(reviews, account_id="999999999999")
    assert reviews.deleted == []


def test_what_the_program_tells_of_itself_names_every_flow_definition_that_it_has() -> None:
    made = declared("dev").of("aws:sagemaker/flowDefinition:FlowDefinition")
    there = [Flow(name=each.inputs["flowDefinitionName"], arn=_arn(each.inputs)) for each in made]
    reviews = FakeReviews(told=json.dumps(declared("dev").outputs), there=there)
    assert tidied(reviews) == ["There is nothing to delete."]


def _arn(inputs: Any) -> str:
    return arn("sagemaker", f"flow-definition/{inputs['flowDefinitionName']}")
