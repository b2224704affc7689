"""Rekognition's control routes: what it sees (`/_gavel/labels`) and how much it serves (`/_gavel/quotas`).

GET tells, POST adds, DELETE returns to the beginning.
"""

from typing import Any

from gavel_emulator.control import ControlError, Request, body, route
from gavel_emulator.rekognition.detectors.labels_file import LabelsBook, LabelsFileError
from gavel_emulator.rekognition.quota_rules import QuotaRuleError, describe, read_rule
from gavel_emulator.rekognition.quotas import Meter


def serve_labels(book: LabelsBook) -> None:
    def tell(request: Request) -> dict[str, Any]:
        return {"labels": book.entries()}

    def add(request: Request) -> dict[str, Any]:
        try:
            return {"added": book.add(body(request))}
        except LabelsFileError as problems:
            raise ControlError(400, str(problems)) from problems

    def clear(request: Request) -> None:
        book.clear()

    route("GET", "/_gavel/labels", tell)
    route("POST", "/_gavel/labels", add)
    route("DELETE", "/_gavel/labels", clear)


def serve_quotas(meter: Meter) -> None:
    def tell(request: Request) -> dict[str, Any]:
        return describe(meter)

    def change(request: Request) -> dict[str, Any]:
        try:
            scope, quota = read_rule(body(request))
        except QuotaRuleError as problems:
            raise ControlError(400, str(problems)) from problems
        meter.set(scope, quota)
        return describe(meter)

    def reset(request: Request) -> None:
        meter.reset()

    route("GET", "/_gavel/quotas", tell)
    route("POST", "/_gavel/quotas", change)
    route("DELETE", "/_gavel/quotas", reset)
