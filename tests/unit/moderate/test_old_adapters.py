"""MODERATE asks once a day how the adapters stand that policies name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.moderate.handler.old_adapters import EVERY, look_after_adapters
from services.moderate.handler.ports import AdapterPorts
from shared.aws.adapter_statuses import AdapterStatuses
from shared.custom_moderation.projects import VersionStatus
from shared.errors import Transient
from shared.policy.model import BucketPrefix, Canary, Policy, Rule, Tenant, Tenants
from tests.fakes.adapters import FakeRekognition
from tests.fakes.ledger import MemoryLedger
from tests.fakes.policies import FakePolicyStore
from tests.fakes.queues import FakeTopic

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
ADAPTER = "arn:aws:rekognition:us-east-1:000000000000:project/shop/version/v1/1700000000000"
POLICY = Policy(name="shop", version="1", rules=(Rule(label="Violence", review_from=60),), adapter=ADAPTER)
WITHOUT = replace(POLICY, name="plain", adapter=None)


class Statuses:
    """The first `failures` questions find Rekognition out of reach."""

    def __init__(self, status: VersionStatus | None, *, failures: int = 0) -> None:
        self.found = status
        self.failures = failures
        self.asked: list[str] = []

    async def status(self, arn: str) -> VersionStatus | None:
        self.asked.append(arn)
        if len(self.asked) <= self.failures:
            raise Transient("rekognition-unreachable")
        return self.found


def tenant(policy: str) -> Tenant:
    return Tenant(name=f"of-{policy}", policy=policy, buckets=(BucketPrefix(bucket="media", prefix=policy),))


def ports(statuses: Statuses, *, policies: tuple[Policy, ...] = (POLICY, WITHOUT)) -> AdapterPorts:
    tenants = Tenants(tenants=(*(tenant(policy.name) for policy in policies), tenant("shop")))
    return AdapterPorts(
        ledger=MemoryLedger(),
        policies=FakePolicyStore(*policies, tenants=tenants),
        statuses=statuses,
        alerts=FakeTopic(),
        clock=lambda: AT,
    )


async def told(given: AdapterPorts, *, sweeper: str = "one") -> list[str]:
    await look_after_adapters(given, sweeper=sweeper)
    assert isinstance(given.alerts, FakeTopic)
    return [event.data.code for event, _, _ in given.alerts.published]


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        (VersionStatus.TRAINING_COMPLETED, []),
        (VersionStatus.DEPRECATED, ["adapter-deprecated"]),
        (VersionStatus.EXPIRED, ["adapter-ignored"]),
        (VersionStatus.TRAINING_FAILED, ["adapter-ignored"]),
        (None, ["adapter-ignored"]),
    ],
)
async def test_people_hear_of_an_adapter_that_is_not_used_or_not_for_long(
    status: VersionStatus | None, codes: list[str]
) -> None:
    statuses = Statuses(status)
    assert await told(ports(statuses)) == codes
    assert statuses.asked == [ADAPTER]


async def test_one_task_looks_once_a_day() -> None:
    given = ports(Statuses(VersionStatus.DEPRECATED))
    await told(given)
    assert await told(given, sweeper="two") == ["adapter-deprecated"]
    tomorrow = replace(given, clock=lambda: AT + timedelta(days=1))
    assert await told(tomorrow, sweeper="three") == ["adapter-deprecated"] * 2


async def test_a_look_that_failed_is_tried_again_at_the_next_interval_and_not_beside_another() -> None:
    given = ports(Statuses(VersionStatus.DEPRECATED, failures=1))
    assert await told(given) == []
    assert await told(given, sweeper="two") == []
    later = replace(given, clock=lambda: AT + EVERY)
    assert await told(later, sweeper="three") == ["adapter-deprecated"]
    assert await told(later, sweeper="four") == ["adapter-deprecated"]


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        (VersionStatus.TRAINING_COMPLETED, []),
        (VersionStatus.DEPRECATED, ["adapter-deprecated", "canary-deprecated"]),
        (VersionStatus.EXPIRED, ["adapter-ignored", "canary-unanswered"]),
        (None, ["adapter-ignored", "canary-unanswered"]),
    ],
)
async def test_the_adapter_of_a_canary_is_looked_after_too(status: VersionStatus | None, codes: list[str]) -> None:
    statuses = Statuses(status)
    policy = replace(POLICY, canary=Canary(percent=5, adapter=f"{ADAPTER}0"))
    given = ports(statuses, policies=(policy, WITHOUT))
    assert await told(given) == codes
    assert statuses.asked == [ADAPTER, f"{ADAPTER}0"]
    assert isinstance(given.alerts, FakeTopic)
    assert len({event.id for event, _, _ in given.alerts.published}) == len(codes)


async def test_a_canary_is_looked_after_where_the_base_model_decides() -> None:
    policy = replace(POLICY, adapter=None, canary=Canary(percent=5, adapter=ADAPTER))
    assert await told(ports(Statuses(None), policies=(policy,))) == ["canary-unanswered"]


async def test_a_policy_that_cannot_be_read_does_not_keep_the_others_from_being_looked_at() -> None:
    other = replace(POLICY, name="zoo")
    given = ports(Statuses(VersionStatus.DEPRECATED), policies=(POLICY, other))
    assert isinstance(given.policies, FakePolicyStore)
    failing = _FailsFor("shop", given.policies)
    assert await told(replace(given, policies=failing)) == ["adapter-deprecated"]


class _FailsFor:
    """The policies, of which one can't be read."""

    def __init__(self, name: str, policies: FakePolicyStore) -> None:
        self._name, self._policies = name, policies
        self.at, self.tenants = policies.at, policies.tenants

    async def current(self, name: str) -> Policy:
        if name == self._name:
            raise Transient("policy-missing")
        return await self._policies.current(name)


async def test_an_adapter_is_found_by_its_arn_among_its_projects_versions() -> None:
    rekognition = FakeRekognition()
    rekognition.status = "DEPRECATED"
    project = (
        await rekognition.create_project(ProjectName="shop", Feature="CONTENT_MODERATION", AutoUpdate="DISABLED")
    )["ProjectArn"]
    made = await rekognition.create_project_version(ProjectArn=project, VersionName="v1", FeatureConfig={})
    statuses = AdapterStatuses(rekognition)
    assert await statuses.status(made["ProjectVersionArn"]) is VersionStatus.DEPRECATED
    assert await statuses.status(made["ProjectVersionArn"] + "0") is None
    assert await statuses.status(ADAPTER.replace("/shop/", "/other/")) is None
