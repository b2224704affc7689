"""`make tidy`: deletes the task pages and flow definitions that a stack has left behind.

A2I's can't be changed, so whatever changes a policy's reviews makes new ones, and the old stay for those who are at
their loops. An account may have 100 of either, so that a stack which is deployed often needs this now and then.
"""

import json

from infra.config import StackConfig
from infra.datasets import dataset_flow_name
from infra.deploy.ports import Cloud, Flow, Page, Reviews
from infra.deploy.stack import Say, own_account


def tidy(config: StackConfig, cloud: Cloud, reviews: Reviews, *, is_sure: bool, say: Say) -> None:
    """Only tells, unless it `is_sure`. What has an open loop stays, and so does what the stack's services are told of;
    after `make down` that is nothing."""
    own_account(config, cloud)
    in_use = _in_use(reviews.outputs(config.stack))
    flows = [flow for flow in reviews.flows() if _is_own(config, flow.name)]
    left = [flow for flow in flows if flow.arn not in in_use]
    busy = [flow for flow in left if reviews.is_worked_at(flow)]
    for flow in busy:
        say(f"{flow.name} stays: people are at its loops")
    going = [flow for flow in left if flow not in busy]
    kept_pages = {reviews.page_of(flow) for flow in flows if flow not in going}
    pages = [page for page in reviews.pages() if _is_own(config, page.name) and page.arn not in kept_pages]
    _delete(going, pages, reviews, is_sure=is_sure, say=say)
    if not going and not pages:
        say("There is nothing to delete.")
    elif not is_sure:
        say(f"Nothing was deleted yet: make tidy ENV={config.stack} YES=1 does.")


def _delete(flows: list[Flow], pages: list[Page], reviews: Reviews, *, is_sure: bool, say: Say) -> None:
    """Flow definitions first: they name their pages."""
    for flow in flows:
        say(f"flow definition {flow.name}")
        if is_sure:
            reviews.delete_flow(flow)
    for page in pages:
        say(f"task page {page.name}")
        if is_sure:
            reviews.delete_page(page)


def _is_own(config: StackConfig, name: str) -> bool:
    return name.startswith((f"{config.prefix}-", f"{dataset_flow_name(config)}-"))


def _in_use(outputs: str | None) -> frozenset[str]:
    """The flow definitions that the stack's outputs name."""
    told = json.loads(outputs) if outputs else {}
    by_policy = [arn for flows in told.get("flow_definitions", {}).values() for arn in flows.values()]
    of_datasets = told.get("dataset_review", {}).get("a2i", {}).get("flow_definition")
    return frozenset([*by_policy, *([of_datasets] if of_datasets else [])])
