"""Every service of a stack."""

from infra.workloads.pipeline import ingest, moderate, results, review
from infra.workloads.web import api, desk
from infra.workloads.workload import Surroundings, Workload


def workloads(around: Surroundings) -> tuple[Workload, ...]:
    pipeline = ingest(around), moderate(around), review(around), results(around)
    return (
        *pipeline,
        *([desk(around, around.desk)] if around.desk else []),
        *([api(around, around.api, around.console)] if around.api and around.console else []),
    )
