"""`/_gavel/faults`: GET lists the rules with their counts, POST adds one or several, DELETE clears all or one."""

from typing import Any

from gavel_emulator.control import ControlError, Request, body, route
from gavel_emulator.faults.reading import Catalogue, FaultRuleError, describe, read_rules
from gavel_emulator.faults.rules import FaultBook


def serve_faults(book: FaultBook, catalogue: Catalogue) -> None:
    def tell(request: Request) -> dict[str, Any]:
        return {"faults": [describe(fault) for fault in book.faults()]}

    def add(request: Request) -> dict[str, Any]:
        try:
            rules = read_rules(body(request), catalogue)
        except FaultRuleError as problems:
            raise ControlError(400, str(problems)) from problems
        return {"faults": [describe(fault) for fault in book.add(rules)]}

    def clear(request: Request) -> None:
        book.clear()

    def remove(request: Request, fault_id: str) -> None:
        if not book.remove(fault_id):
            raise ControlError(404, f"there is no fault {fault_id}")

    route("GET", "/_gavel/faults", tell)
    route("POST", "/_gavel/faults", add)
    route("DELETE", "/_gavel/faults", clear)
    route("DELETE", "/_gavel/faults/<fault_id>", remove)
