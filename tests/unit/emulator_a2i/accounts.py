"""An account's control plane in one region, and what is put into it."""

from datetime import UTC, datetime, timedelta

from gavel_emulator.a2i import task_uis, workforces, workteams
from gavel_emulator.a2i.state import Plane

ARN = "arn:aws:sagemaker:us-east-1:111122223333:"
COGNITO = {"UserPool": "us-east-1_pool", "ClientId": "client"}
MEMBERS = [{"CognitoMemberDefinition": COGNITO | {"UserGroup": "reviewers"}}]


class Account:
    """A plane with a clock that moves on by a second with each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.bucket_regions: dict[str, str] = {}
        self.plane = Plane(
            account_id="111122223333",
            region="us-east-1",
            clock=self._tick,
            bucket_region=self.bucket_regions.get,
            endpoint="http://localhost:4566",
        )

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def with_team(self) -> "Account":
        workforces.create(self.plane, {"WorkforceName": "people", "CognitoConfig": COGNITO})
        workteams.create(self.plane, {"WorkteamName": "team", "Description": "d", "MemberDefinitions": MEMBERS})
        task_uis.create(self.plane, {"HumanTaskUiName": "ui", "UiTemplate": {"Content": "<p>"}})
        return self
