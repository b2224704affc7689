from pathlib import Path
from typing import Any

import pytest

from infra.config import ConfigError, load, stack_file
from infra.fields import INGEST_CAPACITY, Capacity
from infra.policy_files import policy_files, problems
from shared.contracts.words import BackendName

DAY: dict[str, Any] = {"name": "day", "schedule": "cron(0 7 * * ? *)", "min_tasks": {"review": 2}}
ENTRANCE: dict[str, Any] = {
    "domain": "desk.example.com",
    "certificate_arn": "arn:aws:acm:eu-west-1:111122223333:certificate/1234",
}
STACKS = ("local", "dev", "staging", "prod")


def problems_of(values: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load("dev", {"region": "eu-west-1"} | values)
    return caught.value.problems


@pytest.mark.parametrize("stack", STACKS)
def test_every_stacks_file_fits(stack: str) -> None:
    config = load(stack, stack_file(stack))
    assert config.prefix == f"gavel-{stack}"
    assert problems(config, policy_files(config.policies)) == ()


def test_there_is_a_file_for_every_stack_and_no_other() -> None:
    files = (Path(__file__).parents[3] / "infra").glob("Pulumi.*.yaml")
    assert {file.name.split(".")[1] for file in files} == set(STACKS)


def test_texts_are_taken_for_numbers_and_booleans_as_pulumi_keeps_them() -> None:
    config = load("dev", {"region": "eu-west-1", "zones": "3", "protected": "false", "trace_ratio": "0.25"})
    assert (config.zones, config.protected, config.trace_ratio) == (3, False, 0.25)


def test_every_problem_is_told_at_once_with_its_place() -> None:
    found = problems_of(
        {
            "region": "Frankfurt",
            "zones": 9,
            "protected": "maybe",
            "services": {"ingest": {"cpu": "much", "memory": 1}},
            "tenants": [{"name": "A B"}, {"policy": "standard", "buckets": [{"prefix": 7}]}],
            "existing_workforce": {"name": "people"},
        }
    )
    assert [problem.partition(":")[0].split(" ")[0] for problem in found] == [
        "region",
        "protected",
        "zones",
        "services.ingest.memory",
        "services.ingest.cpu",
        "tenants[0].name",
        "tenants[1].name",
        "tenants[1].buckets[0].prefix",
        "existing_workforce.user_pool_id",
        "existing_workforce.user_pool_client_id",
    ]


def test_a_misspelt_field_is_told_with_the_one_that_is_meant() -> None:
    assert problems_of({"rekogniton_tps": 5}) == ("rekogniton_tps: there is no such field; rekognition_tps is meant?",)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"services": {"mailer": {}}}, "services: mailer: there is no such service"),
        (
            {"services": {"review": {"cpu": 256, "memory_mib": 4096}}},
            "services: review: Fargate has no 256 CPU units with 4096 MiB",
        ),
        (
            {"services": {"review": {"min_tasks": 5, "max_tasks": 2}}},
            "services: review: min_tasks 5 is over max_tasks 2",
        ),
        ({"services": {"ingest": {}}}, "services: ingest: it needs 2048 MiB to decode images"),
        ({"image": "gavel:1", "image_tag": "1"}, "image, image_tag: only one of them can say what runs"),
        (
            {"review_backend": "desk", "private_endpoints": False},
            "private_endpoints: there is no NAT gateway either, so tasks would reach nothing",
        ),
        ({"nat": "none"}, "nat: A2I's run-time API has no private endpoint, so tasks need a NAT gateway"),
        ({"endpoint_zones": 3}, "endpoint_zones: 3 is over zones 2"),
        (
            {"review_backend": "desk", "collector_image": "public.ecr.aws/x/collector:1"},
            "collector_image: without a NAT gateway it has to be in an ECR registry of this region",
        ),
        (
            {"collector_image": "public.ecr.aws/x/collector:1", "otlp_endpoint": "http://collector:4318"},
            "collector_image, otlp_endpoint: the collector is where tasks send their telemetry",
        ),
        (
            {"services": {"moderate": {"max_tasks": 4}}},
            "services: moderate: max_tasks 4 is over 3, which is all that rekognition_tps 50 keeps busy",
        ),
        ({"floors": [DAY, DAY]}, "floors: day is there twice"),
        ({"floors": [DAY | {"timezone": "Mars/Base"}]}, "floors: day: there is no time zone Mars/Base"),
        ({"floors": [DAY | {"min_tasks": {"mailer": 1}}]}, "floors: day: there is no such service: mailer"),
        (
            {"floors": [DAY | {"min_tasks": {"review": 9}}]},
            "floors: day: 9 tasks of review are over its max_tasks 4",
        ),
        (
            {"desk_entrance": ENTRANCE, "desk_url": "https://other.example.com"},
            "desk_entrance, desk_url: only one of them can say where browsers find the desk",
        ),
        (
            {"desk_entrance": ENTRANCE | {"allowed_cidrs": ["10.0.0.1/8"]}},
            "desk_entrance: allowed_cidrs: 10.0.0.1/8 has host bits set",
        ),
        (
            {"desk_entrance": ENTRANCE | {"certificate_arn": ENTRANCE["certificate_arn"].replace("eu", "us")}},
            "desk_entrance: certificate_arn: the load balancer is in eu-west-1, so its certificate must be",
        ),
        ({"tenants": []}, "tenants: there must be one at least"),
        ({"tenants": [{"name": "a"}, {"name": "a"}]}, "tenants: a is there twice"),
        ({"cidr": "10.0.0.1/16"}, "cidr: 10.0.0.1/16 has host bits set"),
        ({"cidr": "10.0.0.0/24"}, "cidr: 10.0.0.0/24 has 22 addresses for tasks and endpoints, which can need 58"),
        ({"otlp_endpoint": "http://collector:43180000"}, "otlp_endpoint: Port out of range 0-65535"),
        ({"otlp_endpoint": "http://[collector:4318"}, "otlp_endpoint: Invalid IPv6 URL"),
        ({"region": "eu-north-1"}, "region: Amazon A2I isn't in eu-north-1; review_backend desk needs none"),
        ({"region": "us-gov-west-1"}, "region: us-gov-west-1 is in another partition of AWS, which Gavel doesn't know"),
        (
            {"desk_entrance": ENTRANCE | {"allowed_cidrs": ["10.0.0.0/8", "10.0.0.0/8"]}},
            "desk_entrance: allowed_cidrs: 10.0.0.0/8 is there twice",
        ),
    ],
)
def test_fields_that_contradict_each_other_are_told(values: dict[str, Any], told: str) -> None:
    assert problems_of(values) == (told,)


def test_a_log_retention_that_cloudwatch_does_not_have_is_told() -> None:
    (told,) = problems_of({"log_retention_days": 8})
    assert told.startswith("log_retention_days: CloudWatch Logs takes one of 1, 3, 5, 7")


@pytest.mark.parametrize("stack", ["Dev", "dev-2", "2dev", "a" * 17])
def test_a_stacks_name_must_fit_into_every_other_name(stack: str) -> None:
    with pytest.raises(ConfigError):
        load(stack, {"region": "eu-west-1"})


def test_ingest_gets_the_memory_that_it_decodes_in_without_being_told() -> None:
    config = load("dev", {"region": "eu-west-1"})
    assert config.capacity("ingest") == INGEST_CAPACITY
    assert config.capacity("review") == Capacity()


def test_a_stack_and_policies_that_do_not_fit_together_are_told() -> None:
    values = {"region": "eu-west-1", "review_backend": BackendName.DESK, "policies": ["standard", "lost"]}
    config = load("dev", values | {"tenants": [{"name": "a", "policy": "gone"}]})
    assert problems(config, policy_files(config.policies)) == (
        "policies: there is no policy lost",
        "tenants: a: there is no policy gone",
    )
    assert problems(config, policy_files(())) == (
        "policies: there is no policy lost",
        "tenants: a: there is no policy gone",
        "policy marketplace: it wants A2I, and review_backend is desk",
    )
