import pytest

from shared.errors import ContractError
from shared.policy.model import BucketPrefix, Tenant, TenantRoute, Tenants

TENANTS = Tenants(
    tenants=(
        Tenant(name="forum", policy="standard", buckets=(BucketPrefix(bucket="media"),)),
        Tenant(
            name="shop",
            policy="marketplace",
            buckets=(BucketPrefix(bucket="media", prefix="shop/"), BucketPrefix(bucket="offers")),
        ),
        Tenant(name="one", policy="standard", buckets=(BucketPrefix(bucket="shared", prefix="in/"),)),
        Tenant(name="two", policy="marketplace", buckets=(BucketPrefix(bucket="shared", prefix="in/"),)),
    )
)
FORUM = TenantRoute(name="forum", policy="standard")
SHOP = TenantRoute(name="shop", policy="marketplace")


@pytest.mark.parametrize(
    ("bucket", "key", "tenant", "route"),
    [
        ("media", "a.jpg", None, FORUM),
        ("media", "a.jpg", "forum", FORUM),
        ("media", "shop/a.jpg", None, SHOP),
        ("media", "shop/a.jpg", "shop", SHOP),
        ("media", "shop", None, FORUM),
        ("offers", "a.jpg", None, SHOP),
        ("shared", "in/a.jpg", "two", TenantRoute(name="two", policy="marketplace")),
    ],
)
def test_an_object_belongs_to_the_longest_prefix(bucket: str, key: str, tenant: str | None, route: TenantRoute) -> None:
    assert TENANTS.route(bucket, key, tenant) == route


@pytest.mark.parametrize(
    ("bucket", "key", "tenant", "code"),
    [
        ("stolen", "a.jpg", None, "bucket-not-allowed"),
        ("stolen", "a.jpg", "forum", "bucket-not-allowed"),
        ("offers", "a.jpg", "forum", "bucket-not-allowed"),
        ("media", "shop/a.jpg", "forum", "bucket-not-allowed"),
        ("shared", "out/a.jpg", "one", "bucket-not-allowed"),
        ("media", "a.jpg", "nobody", "tenant-unknown"),
        ("shared", "in/a.jpg", None, "tenant-ambiguous"),
        ("shared", "in/a.jpg", "forum", "bucket-not-allowed"),
    ],
)
def test_whose_an_object_is_not_is_refused_with_the_reason(
    bucket: str, key: str, tenant: str | None, code: str
) -> None:
    with pytest.raises(ContractError) as caught:
        TENANTS.route(bucket, key, tenant)
    assert caught.value.code == code
    assert caught.value.detail


def test_two_prefixes_of_one_tenant_are_not_ambiguous() -> None:
    twice = Tenants(
        tenants=(Tenant(name="a", policy="p", buckets=(BucketPrefix(bucket="b"), BucketPrefix(bucket="b"))),)
    )
    assert twice.route("b", "k", None).name == "a"
