import asyncio
import logging
from dataclasses import dataclass, field

import pytest

from shared.aws.policies import LIMIT_BYTES, LOOK_EVERY_S, VERSIONS_KEPT, S3PolicyStore
from shared.contracts.messages import PolicyRef
from shared.errors import Transient
from shared.policy.load import load
from tests.fakes.aws import MemoryBucket, refusal

TENANTS = b'{"tenants": [{"name": "default", "policy": "standard", "buckets": [{"bucket": "media"}]}]}'


def text(reject_at: int, name: str = "standard") -> str:
    return f"name: {name}\nrules:\n  Violence:\n    review_from: 50\n    reject_at: {reject_at}\n"


def deploy(bucket: MemoryBucket, policy: str) -> PolicyRef:
    """As the program of infra/ does: the version first."""
    loaded = load(policy, origin="test")
    bucket.objects[f"policies/{loaded.name}/{loaded.version}.yaml"] = policy.encode()
    bucket.objects[f"policies/{loaded.name}/current"] = loaded.version.encode()
    return PolicyRef(name=loaded.name, version=loaded.version)


@dataclass
class World:
    bucket: MemoryBucket = field(default_factory=MemoryBucket)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.store = S3PolicyStore(self.bucket, "policies", clock_s=lambda: self.now_s)

    def later(self) -> None:
        self.now_s += LOOK_EVERY_S
        self.bucket.requests.clear()


@pytest.fixture
def world() -> World:
    return World()


async def test_the_current_version_is_looked_for_now_and_then(world: World) -> None:
    old = deploy(world.bucket, text(90))
    assert (await world.store.current("standard")).version == old.version
    new = deploy(world.bucket, text(80))
    world.now_s = LOOK_EVERY_S - 0.1
    assert (await world.store.current("standard")).version == old.version
    world.later()
    assert (await world.store.current("standard")).version == new.version
    assert len(world.bucket.requests) == 2


async def test_a_look_at_what_has_not_changed_is_one_conditional_request(world: World) -> None:
    deploy(world.bucket, text(90))
    await world.store.current("standard")
    world.later()
    for _ in range(100):
        await world.store.current("standard")
    assert world.bucket.requests == ["policies/standard/current"]


async def test_messages_at_the_same_time_load_a_policy_once(world: World) -> None:
    ref = deploy(world.bucket, text(90))
    await asyncio.gather(*(world.store.current("standard") for _ in range(32)), *(world.store.at(ref) for _ in "abc"))
    assert sorted(world.bucket.requests) == [
        f"policies/standard/{ref.version}.yaml",
        "policies/standard/current",
    ]


async def test_who_comes_while_another_looks_is_not_held_up(world: World) -> None:
    deploy(world.bucket, text(90))
    await world.store.current("standard")
    world.later()
    looking = asyncio.create_task(world.store.current("standard"))
    await asyncio.sleep(0)
    async with asyncio.timeout(0):
        await world.store.current("standard")
    await looking


@pytest.mark.parametrize(
    ("key", "content", "code"),
    [
        ("policies/standard/current", b"ffffffffffffffff", "policy-missing"),
        ("policies/standard/current", b"\xff\x00", "policy-missing"),
        ("policies/standard/current", b"f" * (LIMIT_BYTES + 1), "policy-too-large"),
        ("policies/standard/0000000000000000.yaml", b"rules: [", "policy-broken"),
        ("policies/standard/0000000000000000.yaml", b"\xff", "policy-broken"),
        ("policies/standard/0000000000000000.yaml", text(70).encode(), "policy-not-its-version"),
        ("policies/standard/0000000000000000.yaml", b"#" * (LIMIT_BYTES + 1), "policy-too-large"),
    ],
    ids=[
        "unknown version",
        "not text",
        "huge pointer",
        "not a policy",
        "not UTF-8",
        "another's content",
        "huge policy",
    ],
)
async def test_a_broken_deployment_is_told_and_the_last_whole_policy_stays(
    world: World, caplog: pytest.LogCaptureFixture, key: str, content: bytes, code: str
) -> None:
    good = deploy(world.bucket, text(90))
    assert (await world.store.current("standard")).version == good.version
    world.bucket.objects["policies/standard/current"] = b"0000000000000000"
    world.bucket.objects[key] = content
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            world.later()
            assert (await world.store.current("standard")).version == good.version
    assert [record.gavel_fields["code"] for record in caplog.records] == [code] * 2  # type: ignore[attr-defined]
    world.later()
    mended = deploy(world.bucket, text(80))
    assert (await world.store.current("standard")).version == mended.version


@pytest.mark.parametrize("content", [b"0000000000000000", b"f" * (LIMIT_BYTES + 1), None])
async def test_without_any_whole_policy_messages_wait(world: World, content: bytes | None) -> None:
    if content is not None:
        world.bucket.objects["policies/standard/current"] = content
    with pytest.raises(Transient):
        await world.store.current("standard")
    deploy(world.bucket, text(90))
    await world.store.current("standard")


async def test_a_version_is_read_once_and_outlives_an_outage(world: World) -> None:
    ref = deploy(world.bucket, text(90))
    await world.store.at(ref)
    world.bucket.error = refusal("SlowDown", status=503)
    world.later()
    assert (await world.store.at(ref)).version == ref.version
    assert world.bucket.requests == []
    with pytest.raises(Transient):
        await world.store.at(PolicyRef(name="standard", version="0123456789abcdef"))


async def test_an_outage_leaves_the_current_policy_in_use(world: World) -> None:
    ref = deploy(world.bucket, text(90))
    await world.store.current("standard")
    world.bucket.error = refusal("InternalError", status=500)
    world.later()
    assert (await world.store.current("standard")).version == ref.version


async def test_as_many_versions_are_kept_as_said_and_the_least_used_goes_first(world: World) -> None:
    refs = [deploy(world.bucket, text(number + 51, name=f"p{number % 3}")) for number in range(VERSIONS_KEPT // 2)]
    refs += [deploy(world.bucket, text(number + 51, name=f"q{number}")) for number in range(VERSIONS_KEPT // 2)]
    for ref in refs:
        await world.store.at(ref)
    await world.store.at(refs[0])
    await world.store.at(deploy(world.bucket, text(60, name="one-more")))
    world.bucket.requests.clear()
    await world.store.at(refs[0])
    assert world.bucket.requests == []
    await world.store.at(refs[1])
    assert len(world.bucket.requests) == 1


async def test_tenants_are_watched_too(world: World) -> None:
    with pytest.raises(Transient):
        await world.store.tenants()
    world.bucket.objects["tenants.json"] = TENANTS
    assert [tenant.name for tenant in (await world.store.tenants()).tenants] == ["default"]
    world.bucket.objects["tenants.json"] = b'{"tenants": [{"name": "broken"}]}'
    world.later()
    assert [tenant.name for tenant in (await world.store.tenants()).tenants] == ["default"]
    world.bucket.objects["tenants.json"] = TENANTS.replace(b"default", b"other")
    world.later()
    assert [tenant.name for tenant in (await world.store.tenants()).tenants] == ["other"]
