"""The OpenTelemetry collector beside each service: its configuration, what it may do, and what of our metrics becomes
CloudWatch's.

Traces go to X-Ray's OTLP endpoint, which keeps span links where the older exporter drops them. Metrics go to CloudWatch
in log events (EMF); its own OTLP endpoint isn't everywhere yet. Every component that is named here is in the AWS
distribution of the collector: https://github.com/aws-observability/aws-otel-collector
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import pulumi

from infra.config import StackConfig
from infra.contradictions import OWN_REGISTRY
from infra.iam import Account, Statement
from infra.logs import folder
from shared.telemetry import metrics
from shared.telemetry.instruments import Metric

CONTAINER: Final = "collector"
OTLP_PORT: Final = 4318
ADDRESS: Final = f"http://127.0.0.1:{OTLP_PORT}"
"""Where a service finds it: containers of a task share one network interface."""

CONFIG_VARIABLE: Final = "GAVEL_COLLECTOR_CONFIG"
MEMORY_MIB: Final = 256
MEMORY_LIMIT_MIB: Final = 180
MEMORY_SPIKE_MIB: Final = 40
STOP_TIMEOUT_S: Final = 15
"""For sending what the service has left; the collector is told to stop when the service has ended."""

SPANS_AT_ONCE: Final = 512
SPANS_AT_MOST: Final = 2048
"""X-Ray takes up to 10,000 spans and 5 MB at once:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html"""

EXPORTED: Final[Mapping[Metric, tuple[tuple[str, ...], ...]]] = {
    metrics.CONSUMED: ((metrics.DESTINATION,),),
    metrics.PROCESS_DURATION: ((metrics.DESTINATION,),),
    metrics.SETTLED: ((metrics.DESTINATION, metrics.SETTLEMENT),),
    metrics.BREAKER_OPENED: ((metrics.DESTINATION,),),
    metrics.QUARANTINED: ((),),
    metrics.VERDICTS: ((metrics.VERDICT,), (metrics.DECIDED_BY,)),
    metrics.VERDICT_LATENCY: ((metrics.DECIDED_BY, metrics.MEDIA_KIND, metrics.LANE),),
    metrics.REUSED: ((),),
    metrics.ALERTS: ((metrics.CODE,),),
    metrics.REKOGNITION_CALLS: ((metrics.OPERATION,), (metrics.OPERATION, metrics.ERROR_TYPE)),
    metrics.QUOTA_SHARE: ((metrics.OPERATION,),),
    metrics.ADAPTER_IGNORED: ((),),
    metrics.LOOPS_OPENED: ((metrics.BACKEND,),),
    metrics.LOOPS_ENDED: ((metrics.BACKEND, metrics.OUTCOME),),
    metrics.LOOPS_WAITING: ((metrics.BACKEND,),),
    metrics.OLDEST_LOOP: ((metrics.BACKEND,),),
    metrics.REVIEWS_OVERDUE: ((),),
    metrics.POLICY_LOOK_FAILED: ((),),
    metrics.COST: ((metrics.OPERATION,),),
}
"""Which metrics CloudWatch gets and by which sets of attributes: each combination of values is a metric that is paid
for. The others, and all other attributes, are in the same log events, where Logs Insights finds them."""


def namespace(config: StackConfig) -> str:
    """Where CloudWatch keeps the stack's own metrics."""
    return f"Gavel/{config.stack}"


def metrics_log_group(config: StackConfig) -> str:
    return f"{folder(config)}metrics"


def configuration(config: StackConfig, region: str) -> dict[str, Any]:
    """The collector's configuration file, as https://opentelemetry.io/docs/collector/configuration/ describes it."""
    return {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{OTLP_PORT}"}}}},
        "processors": {
            # First of all, so that a backend that doesn't answer costs telemetry and not the task.
            "memory_limiter": {
                "check_interval": "1s",
                "limit_mib": MEMORY_LIMIT_MIB,
                "spike_limit_mib": MEMORY_SPIKE_MIB,
            },
            "batch": {"timeout": "5s", "send_batch_size": SPANS_AT_ONCE, "send_batch_max_size": SPANS_AT_MOST},
            # CloudWatch adds up what it gets: a counter's total, sent every minute, would be added up again and again.
            "cumulativetodelta": {},
        },
        "exporters": {
            "otlphttp/xray": {
                "traces_endpoint": f"https://xray.{region}.amazonaws.com/v1/traces",
                "auth": {"authenticator": "sigv4auth"},
            },
            "awsemf": {
                "region": region,
                "namespace": namespace(config),
                "log_group_name": metrics_log_group(config),
                "dimension_rollup_option": "NoDimensionRollup",
                "metric_declarations": [
                    {
                        "dimensions": [list(names) for names in sets],
                        # Ended by \z, since the collector takes what follows a dollar for a variable's name.
                        "metric_name_selectors": [f"^{metric.name.replace('.', '[.]')}\\z"],
                    }
                    for metric, sets in EXPORTED.items()
                ],
            },
        },
        "extensions": {"sigv4auth": {"region": region, "service": "xray"}},
        "service": {
            "extensions": ["sigv4auth"],
            "pipelines": {
                "traces": {
                    "receivers": ["otlp"],
                    "processors": ["memory_limiter", "batch"],
                    "exporters": ["otlphttp/xray"],
                },
                "metrics": {
                    "receivers": ["otlp"],
                    "processors": ["memory_limiter", "cumulativetodelta", "batch"],
                    "exporters": ["awsemf"],
                },
            },
            "telemetry": {"logs": {"level": "warn"}},
        },
    }


def container(config: StackConfig, region: str, log: Mapping[str, Any]) -> dict[str, Any]:
    """Its container definition. Not essential: a service goes on without telemetry. It reads its configuration out of a
    variable, which the AWS distribution and the original both can."""
    return {
        "name": CONTAINER,
        "image": config.collector_image,
        "command": [f"--config=env:{CONFIG_VARIABLE}"],
        "essential": False,
        "environment": [{"name": CONFIG_VARIABLE, "value": json.dumps(configuration(config, region), sort_keys=True)}],
        "memory": MEMORY_MIB,
        "stopTimeout": STOP_TIMEOUT_S,
        "readonlyRootFilesystem": True,
        "logConfiguration": log,
    }


def permissions(config: StackConfig, account: Account) -> tuple[Statement, ...]:
    """What the task role is given for it. X-Ray has no resource level, and authorises its OTLP endpoint as this action:
    https://docs.aws.amazon.com/xray/latest/devguide/xray-opentelemetry-bearer-token.html"""
    group = account.arn("logs", f"log-group:{metrics_log_group(config)}:*")
    return (
        Statement(sid="SendTraces", actions=["xray:PutTraceSegments"], resources=["*"]),
        Statement(sid="SendMetrics", actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[group]),
    )


def repository_arn(config: StackConfig, account: Account) -> pulumi.Input[str] | None:
    """The repository that its image is pulled from, where that takes a permission."""
    image = config.collector_image or ""
    if not OWN_REGISTRY.match(image):
        return None
    name = image.partition("/")[2].partition("@")[0].partition(":")[0]
    return account.arn("ecr", f"repository/{name}")
