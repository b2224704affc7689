"""The version of a policy follows from what it says."""

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

from shared.policy.model import Policy


def version_of(policy: Policy) -> str:
    """The first 16 hexadecimal characters of the SHA-256 of the policy's canonical form.

    Comments, order and formatting of the file change nothing; everything that can change a decision or what
    reviewers see does.
    """
    return hashlib.sha256(canonical(policy).encode()).hexdigest()[:16]


def canonical(policy: Policy) -> str:
    return json.dumps(_stated(policy, leave_out="version"), sort_keys=True, separators=(",", ":"))


def _stated(value: Any, *, leave_out: str = "") -> Any:
    """What differs from the defaults, order of lists aside.

    A key that a later release adds thus changes no version that is in use, since its default says what was so
    before; in turn a default, once released, must stay as it is.
    """
    if is_dataclass(value):
        return {
            each.name: _stated(stated)
            for each in fields(value)
            if each.name != leave_out and (stated := getattr(value, each.name)) != each.default
        }
    if isinstance(value, tuple):
        return sorted((_stated(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    # 60 and 60.0 are equal, and so are the policies that say so.
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
