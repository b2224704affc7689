"""What is wrong between fields of a stack's configuration that are each right alone."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from infra.limits import (
    A2I_REGIONS,
    COGNITO_SCOPES_OF_A_CLIENT,
    COGNITO_SCOPES_OF_A_SERVER,
    DECODING_MEMORY_MIB,
    FARGATE_MEMORY_MIB,
    LOG_RETENTION_DAYS,
    MOST_ENDPOINTS,
    OTHER_PARTITIONS,
    RESERVED_ADDRESSES,
)
from shared.contracts.words import BackendName

if TYPE_CHECKING:
    from infra.config import StackConfig

OWN_REGISTRY: Final = re.compile(r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/")
"""Where tasks without a way out can fetch an image from."""


def contradictions(config: "StackConfig") -> list[str]:
    return [
        *_network(config),
        *_tasks(config),
        *_floors(config),
        *_people(config),
        *_tenants(config),
        *_api(config),
        *_other(config),
    ]


def _network(config: "StackConfig") -> Iterator[str]:
    try:
        network = IPv4Network(config.cidr)
    except ValueError as error:
        yield f"cidr: {error}"
    else:
        yield from _addresses(config, network)
    has_way_out = config.nat_gateways != "none"
    if config.review_backend is BackendName.A2I and not has_way_out:
        yield "nat: A2I's run-time API has no private endpoint, so tasks need a NAT gateway"
    if not has_way_out and not config.private_endpoints:
        yield "private_endpoints: there is no NAT gateway either, so tasks would reach nothing"
    if config.endpoint_zones is not None and config.endpoint_zones > config.zones:
        yield f"endpoint_zones: {config.endpoint_zones} is over zones {config.zones}"
    try:
        _ = config.otlp_port
    except ValueError as error:
        yield f"otlp_endpoint: {error}"
    if config.collector_image and not has_way_out and not OWN_REGISTRY.match(config.collector_image):
        yield "collector_image: without a NAT gateway it has to be in an ECR registry of this region"


def _addresses(config: "StackConfig", network: IPv4Network) -> Iterator[str]:
    """A private subnet is a sixteenth; each task has an address, and while a deployment is under way there are two of
    each."""
    there = config.zones * (network.num_addresses // 16 - RESERVED_ADDRESSES)
    of_endpoints = (config.endpoint_zones or config.zones) * MOST_ENDPOINTS if config.private_endpoints else 0
    needed = of_endpoints + 2 * sum(config.most_tasks(service) for service in config.possible_services)
    if needed > there:
        yield f"cidr: {network} has {there} addresses for tasks and endpoints, which can need {needed}"


def _tasks(config: "StackConfig") -> Iterator[str]:
    for name in config.unknown(config.services):
        yield f"services: {name}: there is no such service"
    for name, capacity in config.services.items():
        most = config.most_tasks(name)
        if capacity.memory_mib not in FARGATE_MEMORY_MIB.get(capacity.cpu, ()):
            yield f"services: {name}: Fargate has no {capacity.cpu} CPU units with {capacity.memory_mib} MiB"
        if capacity.min_tasks > most:
            yield f"services: {name}: min_tasks {capacity.min_tasks} is over max_tasks {most}"
    if config.capacity("ingest").memory_mib < DECODING_MEMORY_MIB:
        yield f"services: ingest: it needs {DECODING_MEMORY_MIB} MiB to decode images"
    if config.most_tasks("moderate") > config.fed_tasks:
        yield (
            f"services: moderate: max_tasks {config.most_tasks('moderate')} is over {config.fed_tasks}, "
            f"which is all that rekognition_tps {config.rekognition_tps} keeps busy"
        )
    if config.image and config.image_tag:
        yield "image, image_tag: only one of them can say what runs"
    if config.collector_image and config.otlp_endpoint:
        yield "collector_image, otlp_endpoint: the collector is where tasks send their telemetry"


def _floors(config: "StackConfig") -> Iterator[str]:
    for name in _twice([floor.name for floor in config.floors]):
        yield f"floors: {name} is there twice"
    for floor in config.floors:
        if floor.timezone not in available_timezones():
            yield f"floors: {floor.name}: there is no time zone {floor.timezone}"
        for service in config.unknown(floor.min_tasks):
            yield f"floors: {floor.name}: there is no such service: {service}"
        for service, tasks in floor.min_tasks.items():
            if tasks > config.most_tasks(service):
                most = config.most_tasks(service)
                yield f"floors: {floor.name}: {tasks} tasks of {service} are over its max_tasks {most}"


def _people(config: "StackConfig") -> Iterator[str]:
    if config.review_backend is BackendName.DESK and config.existing_workforce:
        yield "existing_workforce: review_backend desk has no SageMaker workforce"
    if config.desk_entrance and config.desk_url:
        yield "desk_entrance, desk_url: only one of them can say where browsers find the desk"
    if config.desk_entrance:
        for cidr in _twice(list(config.desk_entrance.allowed_cidrs)):
            yield f"desk_entrance: allowed_cidrs: {cidr} is there twice"
        for cidr in config.desk_entrance.allowed_cidrs:
            try:
                IPv4Network(cidr)
            except ValueError as error:
                yield f"desk_entrance: allowed_cidrs: {error}"
        if config.desk_entrance.certificate_arn.split(":")[3] != config.region:
            yield f"desk_entrance: certificate_arn: the load balancer is in {config.region}, so its certificate must be"


def _tenants(config: "StackConfig") -> Iterator[str]:
    if not config.tenants:
        yield "tenants: there must be one at least"
    for name in _twice([tenant.name for tenant in config.tenants]):
        yield f"tenants: {name} is there twice"


def _api(config: "StackConfig") -> Iterator[str]:
    if config.api and config.stack != "local":
        if config.api_address is None:
            yield "api: desk_entrance or api_url has to say where callers find it"
        if config.nat_gateways == "none":
            yield "api: a user pool that gives programs tokens has no private endpoint, so tasks need a NAT gateway"
    if config.desk_entrance and config.api_url:
        yield "desk_entrance, api_url: only one of them can say where callers find the API"
    for name in _twice([client.name for client in config.api_clients]):
        yield f"api_clients: {name} is there twice"
    names = {tenant.name for tenant in config.tenants}
    if config.api and len(names) >= COGNITO_SCOPES_OF_A_SERVER:
        yield f"tenants: with the API there can be {COGNITO_SCOPES_OF_A_SERVER - 1} of them, one scope for each"
    for name in _twice([group.name for group in config.operators]):
        yield f"operators: {name} is there twice"
    for group in config.operators:
        if group.name == config.default_team:
            yield f"operators: {group.name} is the default team: its reviewers would be operators"
        for tenant in sorted({*group.items_of} - names - {"*"}):
            yield f"operators: {group.name}: there is no such tenant: {tenant}"
    for client in config.api_clients:
        for tenant in sorted({*client.items_of} - names - {"*"}):
            yield f"api_clients: {client.name}: there is no such tenant: {tenant}"
        scopes = len({*client.permissions}) + len({*client.items_of})
        if not client.permissions or not client.items_of:
            yield f"api_clients: {client.name}: without a permission and a tenant there is nothing that it could do"
        if scopes > COGNITO_SCOPES_OF_A_CLIENT:
            yield f"api_clients: {client.name}: {scopes} permissions and tenants are over {COGNITO_SCOPES_OF_A_CLIENT}"


def _other(config: "StackConfig") -> Iterator[str]:
    if config.region.startswith(OTHER_PARTITIONS):
        yield f"region: {config.region} is in another partition of AWS, which Gavel doesn't know"
    elif config.review_backend is BackendName.A2I and config.region not in A2I_REGIONS:
        yield f"region: Amazon A2I isn't in {config.region}; review_backend desk needs none"
    if config.log_retention_days not in LOG_RETENTION_DAYS:
        yield f"log_retention_days: CloudWatch Logs takes one of {', '.join(map(str, LOG_RETENTION_DAYS))}"


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
