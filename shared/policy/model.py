"""What a policy says, and which tenant follows which policy. Values only; `docs/policy.md` is the reference.

`shared.policy.load` is what makes sure that a policy makes sense: these classes check nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.words import Action, BackendName, Choice
from shared.errors import ContractError


class ContentTypeName(StrEnum):
    """The content types that Rekognition tells (DetectModerationLabels, `ContentTypes`)."""

    ANIMATED = "Animated"
    ILLUSTRATED = "Illustrated"


class Integration(StrEnum):
    """Who starts a human loop: REVIEW (`custom`), or Rekognition by the compiled conditions (`integrated`)."""

    CUSTOM = "custom"
    INTEGRATED = "integrated"


class Consensus(StrEnum):
    MAJORITY = "majority"
    UNANIMOUS = "unanimous"
    ANY_REJECT = "any-reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What happens to a label and its descendants, by confidence 0-100.

    Each of `review_from`, `restrict_at` and `reject_at` begins a band that reaches up to the next one; below the
    lowest is approval. `approve_below` states where that is; alone, a person decides from there on. A rule without
    any of them approves whatever the confidence. `alert` asks for an alert whenever the outcome isn't approval.
    `min_duration_ms` and `min_frames` take the place of the policy's own for videos; None means those.
    """

    label: str
    approve_below: float | None = None
    review_from: float | None = None
    restrict_at: float | None = None
    reject_at: float | None = None
    alert: bool = False
    min_duration_ms: int | None = None
    min_frames: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentTypeShift:
    """Moves the thresholds of `labels` and their descendants (all labels when empty) by `shift` points when the
    media is of this type with a confidence of `at` or more. Of several that apply, the lowest shift counts."""

    name: ContentTypeName
    at: float
    shift: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOnly:
    """Of a video, people see `category` and its descendants from a confidence of `at` on."""

    category: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """How the frames of a video come to one decision. Frames of a label no further apart than `gap_ms` are one segment;
    a band needs one of that length and of so many frames. With `review_only`, what isn't on it is nobody's review."""

    gap_ms: int = 2_000
    min_duration_ms: int = 0
    min_frames: int = 1
    review_only: tuple[ReviewOnly, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The percentage of approved and of rejected items that a person sees all the same."""

    approved_percent: float = 0.0
    rejected_percent: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """How people decide. `backend` and `team` of None mean the stack's own.

    `fallback` is the action when no round comes to a ruling, and `confirmed` what it means that a reviewer confirms
    a label (integrated path) whose rule only asks for a person; neither is ever approval. `target_s` is how long after
    its escalation a case should have its ruling; later than that there is an alert, and nothing else changes.
    `golden_percent` of the loops get one about a golden item beside them (docs/adr/0008).
    """

    backend: BackendName | None = None
    integration: Integration = Integration.CUSTOM
    team: str | None = None
    answers: int = 1
    consensus: Consensus = Consensus.MAJORITY
    time_limit_s: int = 3_600
    expires_after_s: int = 86_400
    max_rounds: int = 2
    target_s: int | None = None
    fallback: Action = Action.REJECT
    confirmed: Action = Action.REJECT
    golden_percent: float = 0.0
    instructions: str = ""


class WhenIgnored(StrEnum):
    """What becomes of an item that the base model judged in the adapter's place: its answer holds, or people decide."""

    BASE = "base"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """The percentage of items that another model looks at too: `adapter`, or the base model without one. Its answer is
    kept and compared, and decides nothing."""

    percent: float
    adapter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy at one version. `unlisted` is for labels that no rule covers; `adapter` is a project version's ARN,
    `adapter_ignored` for images that it was asked about in vain."""

    name: str
    version: str
    min_confidence: float = 50.0
    rules: tuple[Rule, ...]
    unlisted: Choice = Choice.ESCALATE
    content_types: tuple[ContentTypeShift, ...] = ()
    video: Video = Video()
    audit: Audit = Audit()
    review: Review = Review()
    adapter: str | None = None
    adapter_ignored: WhenIgnored = WhenIgnored.BASE
    canary: Canary | None = None

    def __hash__(self) -> int:
        # Cheap, since tables are looked up by policy for every item; the version stands for all the rest.
        return hash((self.name, self.version))


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPrefix:
    """Where a tenant's media is: every key that begins with `prefix`."""

    bucket: str
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """`policy` is the name of the policy that the tenant's media is judged by."""

    name: str
    policy: str
    buckets: tuple[BucketPrefix, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRoute:
    """Whose an object is, and the name of the policy for it."""

    name: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenants:
    """Who owns which part of which bucket, as `tenants.json` says."""

    tenants: tuple[Tenant, ...]

    def route(self, bucket: str, key: str, tenant: str | None) -> TenantRoute:
        """Whose this object is: the owner of the longest prefix that the key begins with.

        `tenant` is whom the event named, if anybody. It decides between tenants that share a prefix and gives no
        right to anybody else's: an object has one owner, whichever envelope tells of it.

        Raises ContractError: `tenant-unknown`, `bucket-not-allowed` or `tenant-ambiguous`.
        """
        if tenant is not None and all(each.name != tenant for each in self.tenants):
            raise ContractError("tenant-unknown", f"there is no tenant {tenant[:100]!r} in tenants.json")
        claims = [
            (len(part.prefix), each)
            for each in self.tenants
            for part in each.buckets
            if part.bucket == bucket and key.startswith(part.prefix)
        ]
        longest = max((length for length, _ in claims), default=0)
        owners = {each.name: each for length, each in claims if length == longest}
        if not owners:
            raise ContractError("bucket-not-allowed", f"no tenant has this key of the bucket {bucket[:100]!r}")
        if tenant is not None and tenant not in owners:
            raise ContractError(
                "bucket-not-allowed", f"this key of the bucket {bucket[:100]!r} isn't of the tenant {tenant[:100]!r}"
            )
        if tenant is None and len(owners) > 1:
            raise ContractError(
                "tenant-ambiguous", f"{', '.join(sorted(owners))} share this prefix: name the tenant in the event"
            )
        owner = owners[tenant] if tenant is not None else next(iter(owners.values()))
        return TenantRoute(name=owner.name, policy=owner.policy)
