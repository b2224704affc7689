"""What the program declares, as counted for the bill: nothing without a price, and counts that follow the program."""

import pytest

from cli.cost.bill import SERVICES, moving_a_million, service_of
from cli.cost.usage import GB_PER_VCPU, Traffic, vcpus
from infra.config import stack_file
from infra.inventory import CHARGED, Resource, Unpriced, count, counted, is_free
from shared.contracts.words import BackendName
from shared.prices import DAYS_A_MONTH, PRICES
from tests.unit.infra.stacks import KINDS, declared

A_MILLION = 1e6 / DAYS_A_MONTH
"""Images a day that are so many in a month."""


def resources(kind: str) -> list[Resource]:
    return [(each.type, each.inputs) for each in declared(kind).resources]


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_is_declared_is_charged_or_known_to_cost_nothing(kind: str) -> None:
    found = count(resources(kind))
    assert found.keys() - {"task"} <= PRICES.keys()
    assert {service_of(name) for name in found if name != "task"} <= set(SERVICES)


def test_a_type_that_nobody_has_said_the_cost_of_is_not_passed_over() -> None:
    with pytest.raises(Unpriced, match="aws:ec2/instance:Instance"):
        count([*resources("dev"), ("aws:ec2/instance:Instance", {})])


def test_nothing_is_both_charged_and_free() -> None:
    assert not [type_ for type_ in CHARGED if is_free(type_)]


def test_endpoints_are_counted_in_each_of_their_zones_and_gateways_not_at_all() -> None:
    endpoint = "aws:ec2/vpcEndpoint:VpcEndpoint"
    found = count(
        [
            (endpoint, {"vpcEndpointType": "Interface", "subnetIds": ["a", "b", "c"]}),
            (endpoint, {"vpcEndpointType": "Gateway", "routeTableIds": ["a"]}),
        ]
    )
    assert found == {"endpoint_zone": 3}


def test_alarms_are_counted_by_what_they_look_at_and_those_of_autoscaling_twice() -> None:
    query = {"metric": {"metricName": "age"}, "id": "age"}
    tracked = {"customizedMetricSpecification": {"metrics": [{"metricStat": {}}, {"metricStat": {}}, {"id": "sum"}]}}
    load = {"predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"}}
    assert count(
        [
            ("aws:cloudwatch/metricAlarm:MetricAlarm", {"metricQueries": [query, query, {"expression": "age + age"}]}),
            ("aws:cloudwatch/metricAlarm:MetricAlarm", {"metricName": "age"}),
            ("aws:appautoscaling/policy:Policy", {"targetTrackingScalingPolicyConfiguration": tracked}),
            ("aws:appautoscaling/policy:Policy", {"targetTrackingScalingPolicyConfiguration": load}),
        ]
    ) == {"alarm_metric": 2 + 1 + 4 + 2}


def test_a_services_floor_is_shared_between_its_markets_as_its_strategy_says() -> None:
    platform = {"cpuArchitecture": "ARM64"}
    by_queue: dict[str, object] = {"customizedMetricSpecification": {"metrics": [{"metricStat": {}}]}}
    service = {
        "name": "ingest",
        "desiredCount": 1,
        "capacityProviderStrategies": [
            {"capacityProvider": "FARGATE", "base": 1, "weight": 50},
            {"capacityProvider": "FARGATE_SPOT", "weight": 50},
        ],
    }
    found = count(
        [
            ("aws:ecs/service:Service", service),
            (
                "aws:ecs/taskDefinition:TaskDefinition",
                {"family": "gavel-dev-ingest", "cpu": "512", "memory": "2048", "runtimePlatform": platform},
            ),
            ("aws:appautoscaling/target:Target", {"resourceId": "service/gavel-dev/ingest", "minCapacity": 3}),
            (
                "aws:appautoscaling/policy:Policy",
                {"resourceId": "service/gavel-dev/ingest", "targetTrackingScalingPolicyConfiguration": by_queue},
            ),
        ]
    )
    assert found == {
        "alarm_metric": 2,
        "fargate_vcpu_arm64": 1.0,
        "fargate_gb_arm64": 4.0,
        "fargate_vcpu_arm64_spot": 0.5,
        "fargate_gb_arm64_spot": 2.0,
        "task": 3,
    }


def test_a_desk_behind_its_entrance_is_counted_with_its_balancer_and_firewall() -> None:
    found = count(resources("desk"))
    assert found["load_balancer"] == found["web_acl"] == 1
    assert found["web_acl_rule"] > 1
    assert "nat_gateway" not in found


def test_a_stack_without_an_image_is_counted_as_it_is_once_it_has_one() -> None:
    found = counted("dev", stack_file("dev"))
    assert found["task"] == 4
    assert found["nat_gateway"] == len(declared("dev").of("aws:ec2/natGateway:NatGateway"))
    assert found["kms_key"] == 1


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_million_images_that_the_policy_decides_move_for_less_than_15_dollars(stack: str) -> None:
    """Rekognition's own are 1,000. With the processors' share, by the dearest of the stack's own, as if none idled."""
    found = counted(stack, stack_file(stack))
    vcpu = max((name for name in found if name.startswith("fargate_vcpu_")), key=lambda name: PRICES[name].usd)
    desk = BackendName.DESK
    images = Traffic(images_per_day=A_MILLION, video_minutes_per_day=0, review_rate=0, answers=1, backend=desk)
    processors = vcpus(images) * (PRICES[vcpu].usd + GB_PER_VCPU * PRICES[vcpu.replace("_vcpu_", "_gb_")].usd)
    assert moving_a_million(found, desk) + processors < 15
