"""What a test may turn: the quota of loops in flight and how often an event is delivered."""

import threading
from dataclasses import dataclass

PRIVATE_QUOTA = 5_000
PUBLIC_QUOTA = 1_000
"""Loops in flight per flow definition, with a private or vendor team and with Mechanical Turk (AWS General Reference,
"Amazon Augmented AI endpoints and quotas")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    in_flight_quota: int | None = None
    """None: AWS's own."""
    event_copies: int = 1
    """How often the event of a loop's end is sent: 0 loses it, 2 delivers it twice."""


class Settings:
    """For all flow definitions, and for single ones; what is set for one replaces what is set for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._for_all = Setting()
        self._for_flow: dict[str, Setting] = {}

    def of(self, flow_arn: str) -> Setting:
        return self._for_flow.get(flow_arn, self._for_all)

    def turn(self, flow_arn: str | None, *, in_flight_quota: int | None, event_copies: int | None) -> Setting:
        """Change what isn't None, for one flow definition or for all that have no setting of their own."""
        with self._lock:
            before = self._for_all if flow_arn is None else self.of(flow_arn)
            setting = Setting(
                in_flight_quota=before.in_flight_quota if in_flight_quota is None else in_flight_quota,
                event_copies=before.event_copies if event_copies is None else event_copies,
            )
            if flow_arn is None:
                self._for_all = setting
            else:
                self._for_flow[flow_arn] = setting
            return setting

    def reset(self, flow_arn: str | None) -> None:
        """Back to what is set for all, for one flow definition; back to AWS's, for everything."""
        with self._lock:
            if flow_arn is None:
                self._for_all = Setting()
                self._for_flow.clear()
            else:
                self._for_flow.pop(flow_arn, None)
