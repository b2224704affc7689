"""All findings of a video: one gzipped JSON object in S3, since a long video has more of them than a message may hold.

    {"labels": [["Smoking", "Drugs & Tobacco Paraphernalia & Use", 3], …],      name, parent, level
     "content_types": [[["Animated", 97.5]], …],                               each combination once
     "findings": [[1500, 0, 88.1, 0], …]}                                      ms, label, confidence, content types

Findings are in order of time. The labels' and combinations' places are what the findings name them by.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from shared.contracts.messages import ContentType, Finding
from shared.errors import Permanent

FRAMES_LIMIT_BYTES: Final = 256 * 1024 * 1024
"""Unpacked. Six hours of video at two frames a second with ten labels in each come to about 12 MB."""


class FrameFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One label in one frame, with the content types that were told of this frame."""

    finding: Finding
    content_types: tuple[ContentType, ...] = ()


class _Stored(msgspec.Struct):
    labels: list[tuple[str, str, int]]
    content_types: list[list[tuple[str, float]]]
    findings: list[tuple[int, int, float, int]]


def pack(findings: Iterable[FrameFinding]) -> bytes:
    """The same findings in any order give the same bytes."""
    labels: dict[tuple[str, str, int], int] = {}
    combinations: dict[tuple[tuple[str, float], ...], int] = {}
    rows = []
    for each in sorted(findings, key=_in_order):
        finding = each.finding
        label = labels.setdefault((finding.label, finding.parent, finding.level), len(labels))
        told = tuple((kind.name, kind.confidence) for kind in each.content_types)
        combination = combinations.setdefault(told, len(combinations))
        rows.append((finding.timestamp_ms or 0, label, finding.confidence, combination))
    stored = _Stored(labels=list(labels), content_types=[list(told) for told in combinations], findings=rows)
    return gzip.compress(msgspec.json.encode(stored), mtime=0)


def unpack(body: bytes) -> Iterator[FrameFinding]:
    """In order of time. Raises Permanent (`frames-unreadable`) for what `pack` hasn't made, before the first one."""
    try:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        plain = unpacker.decompress(body, FRAMES_LIMIT_BYTES)
        if not unpacker.eof:
            raise Permanent("frames-unreadable", "the findings of this video are cut off, or far too many")
        stored = msgspec.json.decode(plain, type=_Stored)
        labels = [_label(*each) for each in stored.labels]
        combinations = [
            tuple(ContentType(name=name, confidence=confidence) for name, confidence in told)
            for told in stored.content_types
        ]
        if not all(0 <= row[1] < len(labels) and 0 <= row[3] < len(combinations) for row in stored.findings):
            raise Permanent("frames-unreadable", "a finding of this video names a label that isn't listed")
    except (zlib.error, msgspec.MsgspecError) as error:
        raise Permanent("frames-unreadable", "not the findings of a video") from error
    return (
        FrameFinding(
            finding=msgspec.structs.replace(labels[label], confidence=confidence, timestamp_ms=at_ms),
            content_types=combinations[combination],
        )
        for at_ms, label, confidence, combination in stored.findings
    )


def strongest(findings: Iterable[FrameFinding]) -> tuple[Finding, ...]:
    """Of each label the finding with the highest confidence, the earliest of equals; the strongest label first."""
    best: dict[str, Finding] = {}
    for each in sorted(findings, key=_in_order):
        known = best.get(each.finding.label)
        if known is None or each.finding.confidence > known.confidence:
            best[each.finding.label] = each.finding
    return tuple(sorted(best.values(), key=lambda finding: (-finding.confidence, finding.label)))


def _label(name: str, parent: str, level: int) -> Finding:
    return Finding(label=name, parent=parent, level=level, confidence=0.0)


def _in_order(each: FrameFinding) -> tuple[int, str, float]:
    return each.finding.timestamp_ms or 0, each.finding.label, -each.finding.confidence
