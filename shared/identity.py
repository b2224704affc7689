"""Names that follow from what they name, so that a retry arrives at the same one."""

import base64
import hashlib
import re
import secrets

MEDIA_ID = re.compile(r"[a-z2-7]{26}")
LOOP_NAME = re.compile(r"^(?P<media_id>[a-z2-7]{26})-(?P<policy>[0-9a-f]{8})-r(?P<round>[1-9][0-9]?)$")


def media_id(bucket: str, key: str, version: str) -> str:
    """The id of one version of one object: 26 lowercase base32 characters (130 bits of a SHA-256).

    `version` is the S3 version id, or `etag:<etag>` where the bucket isn't versioned, so the same object told by
    four envelopes is one item, and a new upload under the same key is another.
    """
    digest = hashlib.sha256("\x1f".join((bucket, key, version)).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:26]


def analysis_id(bucket: str, key: str, version: str, run: str) -> str:
    """The id of what a bulk run sees in an object: an item beside the object's own, whose verdict it is nothing to."""
    return media_id(bucket, key, "\x1f".join((version, run)))


def random_id() -> str:
    """An id of a media id's form that follows from nothing, and that nobody can guess."""
    return base64.b32encode(secrets.token_bytes(20)).decode().lower()[:26]


def worker_id(pool_id: str, sub: str) -> str:
    """The pseudonym of a reviewer: 16 hexadecimal characters, as A2I's worker ids are.

    Made of the user pool and the user's `sub`, a random id: whoever can't list the pool's users learns nothing of it.
    """
    return hashlib.sha256(f"{pool_id}\x1f{sub}".encode()).hexdigest()[:16]


def loop_name(media_id: str, policy_version: str, round_: int) -> str:
    """The name of one human loop: A2I takes `[a-z0-9](-*[a-z0-9])*`, at most 63 characters, unique per account."""
    return f"{media_id}-{policy_version[:8]}-r{round_}"


def parse_loop_name(name: str) -> tuple[str, int] | None:
    """Media id and round of a loop that this system named; None for anybody else's."""
    match = LOOP_NAME.match(name)
    return (match["media_id"], int(match["round"])) if match else None
