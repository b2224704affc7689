"""The console as it is deployed: an operator signs in, tries a policy on what there was, and empties quarantine."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest_asyncio

from cli.demo.reviewer import DeskReviewer, invite, temporary_password
from shared.contracts.words import Status
from shared.ledger.entries import Discarded, EvidenceFound, Redriven
from shared.ledger.views import only
from shared.policy.decide import decide
from shared.policy.load import load
from tests import media
from tests.e2e.pictures import unique_jpeg
from tests.e2e.pipeline import Pipeline

POLICY: Final = Path(__file__).parents[2] / "infra" / "policies" / "standard.yaml"
CHANGED: Final = """name: standard
rules:
  Explicit:
    review_from: 50
  Drugs & Tobacco:
    reject_at: 50
unlisted: approve
"""


class Operator(DeskReviewer):
    """Signing in is the same there as at the desk."""

    async def page(self, path: str) -> str:
        return await self._get(path)

    async def send(self, path: str, page: str, **fields: str) -> str:
        return await self._post(path, page, fields)


@pytest_asyncio.fixture(loop_scope="session")
async def operator(pipeline: Pipeline) -> AsyncIterator[Operator]:
    email, password = f"{uuid.uuid4().hex}@example.org", temporary_password()
    (group,) = pipeline.stack.outputs["operator_groups"]
    await asyncio.to_thread(invite, pipeline.stack, email, password, group=group)
    async with Operator(pipeline.stack.outputs["console_url"], email, password) as operator:
        yield operator


async def test_a_simulation_says_what_deciding_the_same_evidence_anew_says(
    pipeline: Pipeline, operator: Operator
) -> None:
    ids = []
    for labels in ("Explicit Nudity:99.3", "Smoking:97.1", ""):
        ids.append(pipeline.id_of(await pipeline.upload(unique_jpeg(), labels=labels)))
        await pipeline.status(ids[-1], Status.DONE)
    page = await operator.page("/policies/standard")
    assert "in force" in page
    asked = "rekognition.DetectModerationLabels"
    before = (await pipeline.control("requests")).get(asked)
    told = await operator.send("/policies/standard", page, text=CHANGED, do="simulate", items="100")
    assert (await pipeline.control("requests")).get(asked) == before, "nothing is asked of Rekognition"
    then, now = (load(text, origin="t") for text in (POLICY.read_text(encoding="utf-8"), CHANGED))
    for id_ in ids:
        record = await pipeline.record(id_)
        found = only(record, EvidenceFound) if record else None
        assert found is not None
        evidence = found.evidence
        was, would = (
            decide(policy, evidence.findings, evidence.content_types, media_id=id_).choice for policy in (then, now)
        )
        row = re.search(rf'/items/{id_}">.*?</tr>', told, re.DOTALL)
        assert (row is not None) is (was is not would)
        assert row is None or re.findall(r'class="tag (\w+)"', row[0]) == [was, would]


async def test_quarantine_is_read_sent_again_and_discarded(pipeline: Pipeline, operator: Operator) -> None:
    refusal = {"operation": "rekognition.DetectModerationLabels", "code": "InvalidImageFormatException"}
    await pipeline.control("faults", refusal)
    mended = pipeline.id_of(await pipeline.upload(unique_jpeg()))
    await pipeline.quarantined(mended)
    await pipeline.control("faults", method="DELETE")
    hopeless = pipeline.id_of(await pipeline.upload(media.text()))
    await pipeline.quarantined(hopeless)

    page = await operator.page(f"/quarantine/{mended}")
    assert "image-format-refused" in page
    assert f"&#34;{mended}&#34;" in page
    asks = await operator.send(f"/quarantine/{mended}/redrive", page)
    assert "Send this message again?" in asks
    await operator.send(f"/quarantine/{mended}/redrive", asks, confirm="yes")
    record = await pipeline.status(mended, Status.DONE)
    sent = only(record, Redriven)
    assert sent is not None
    assert re.fullmatch(r"console/[0-9a-f]{16}", sent.by)

    asks = await operator.send(f"/quarantine/{hopeless}/discard", await operator.page(f"/quarantine/{hopeless}"))
    listed = await operator.send(f"/quarantine/{hopeless}/discard", asks, confirm="yes", reason="a text file")
    assert hopeless not in listed
    discarded = only(await pipeline.status(hopeless, Status.DISCARDED), Discarded)
    assert discarded is not None
    assert discarded.by == sent.by


async def test_reviewers_are_told_of(operator: Operator) -> None:
    assert "Golden items" in await operator.page("/reviewers")
