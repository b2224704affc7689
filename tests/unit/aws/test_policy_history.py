"""Versions of a policy are what lies in the bucket: read page by page, and as it was deployed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.aws.policy_history import S3PolicyHistory
from shared.contracts.messages import PolicyRef
from shared.errors import Transient
from shared.policy.history import NoSuchPolicy, Version
from tests.fakes.aws import ScriptedClient, found, refusal

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def page(*files: tuple[str, datetime], after: str | None = None) -> dict[str, Any]:
    contents = [{"Key": f"policies/standard/{name}", "LastModified": at} for name, at in files]
    more = {"IsTruncated": True, "NextContinuationToken": after} if after else {"IsTruncated": False}
    return {"Contents": contents, **more} if contents else more


async def test_the_newest_comes_first_and_the_one_in_force_says_since_when() -> None:
    hours = [AT + timedelta(hours=number) for number in range(3)]
    client = ScriptedClient(
        list_objects_v2=[
            page(("aaaa.yaml", hours[0]), after="more"),
            page(("bbbb.yaml", hours[1]), ("current", hours[2])),
        ],
        get_object=[found(b"aaaa\n")],
    )
    assert await S3PolicyHistory(client, "policies").versions("standard") == [
        Version(version="bbbb", deployed_at=hours[1], is_current=False),
        # Gone back to: in force since later than it was deployed.
        Version(version="aaaa", deployed_at=hours[0], is_current=True, in_force_since=hours[2]),
    ]
    assert [request.get("ContinuationToken") for name, request in client.asked if name == "list_objects_v2"] == [
        None,
        "more",
    ]


async def test_without_a_version_there_is_no_such_policy() -> None:
    with pytest.raises(NoSuchPolicy, match="no policy standard is deployed"):
        await S3PolicyHistory(ScriptedClient(list_objects_v2=[page()]), "policies").versions("standard")


async def test_a_version_is_read_as_it_was_deployed() -> None:
    client = ScriptedClient(get_object=[found(b"name: standard # ours\n")])
    text = await S3PolicyHistory(client, "policies").text(PolicyRef(name="standard", version="aaaa"))
    assert text == "name: standard # ours\n"
    assert client.asked[0][1] == {"Bucket": "policies", "Key": "policies/standard/aaaa.yaml"}


async def test_what_was_never_deployed_is_told_from_what_can_not_be_read() -> None:
    ref = PolicyRef(name="standard", version="cccc")
    with pytest.raises(NoSuchPolicy, match="never deployed at cccc"):
        await S3PolicyHistory(ScriptedClient(get_object=[refusal("NoSuchKey", status=404)]), "policies").text(ref)
    with pytest.raises(Transient):
        await S3PolicyHistory(ScriptedClient(get_object=[refusal("SlowDown", status=503)]), "policies").text(ref)
