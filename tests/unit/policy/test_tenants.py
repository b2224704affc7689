import json

import pytest

from shared.policy.model import BucketPrefix, Tenant, Tenants
from shared.policy.tenants import TenantsError, load_tenants


def test_tenants_are_read() -> None:
    document = {
        "tenants": [
            {"name": "default", "policy": "standard", "buckets": [{"bucket": "media", "prefix": ""}]},
            {
                "name": "market",
                "policy": "marketplace",
                "buckets": [{"bucket": "media", "prefix": "m/"}, {"bucket": "x"}],
            },
        ]
    }
    assert load_tenants(json.dumps(document)) == Tenants(
        tenants=(
            Tenant(name="default", policy="standard", buckets=(BucketPrefix(bucket="media"),)),
            Tenant(
                name="market",
                policy="marketplace",
                buckets=(BucketPrefix(bucket="media", prefix="m/"), BucketPrefix(bucket="x")),
            ),
        )
    )


def test_every_problem_is_told_at_once_with_its_place() -> None:
    document = {
        "tenants": [
            {"name": "a", "policy": "standard", "buckets": []},
            {"name": "", "policy": "standard", "buckets": [{"bucket": "b"}]},
            {"name": "c", "policy": "standard", "buckets": [{"bucket": 1}, {"bucket": "b", "prefixes": "p"}, "b"]},
            {"name": "a", "policy": "standard", "buckets": [{"bucket": "b"}]},
            {"name": "d", "buckets": [{"bucket": "b"}]},
        ]
    }
    with pytest.raises(TenantsError) as refused:
        load_tenants(json.dumps(document))
    assert [problem.partition(": ")[0] for problem in refused.value.problems] == [
        "tenants[0].buckets",
        "tenants[1]",
        "tenants[2].buckets[0]",
        "tenants[2].buckets[1]",
        "tenants[2].buckets[2]",
        "tenants[4]",
        "tenants",
    ]
    assert "2 are named 'a'" in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{}", b'{"tenants": []}', b'{"tenants": 1}', b"\xff", b'{"tenants": [], "more": 1}', b"[" * 10**5],
)
def test_what_is_not_such_a_list_is_refused(text: bytes) -> None:
    with pytest.raises(TenantsError):
        load_tenants(text)
