"""What a job has found comes in pages, which may expire, be throttled, or be gone."""

import gzip
import threading
from collections.abc import Callable
from typing import Any

import pytest

from services.moderate.domain import videos as domain
from services.moderate.domain.videos import strongest_types
from services.moderate.handler import video_results
from shared.contracts.frames import pack, strongest, unpack
from shared.detection import RESULTS_GONE
from shared.errors import Permanent, Transient
from tests.unit.moderate.test_video_results import FOUND, ended
from tests.unit.moderate.world import Videos


async def test_nothing_that_takes_long_is_computed_on_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: dict[str, int] = {}

    def watched(name: str, compute: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def on_some_thread(given: Any) -> Any:
            threads[name] = threading.get_ident()
            return compute(given)

        return on_some_thread

    monkeypatch.setattr(video_results, "pack", watched("pack", pack))
    monkeypatch.setattr(video_results, "strongest", watched("strongest", strongest))
    monkeypatch.setattr(domain, "strongest_types", watched("types", strongest_types))
    videos = Videos()
    await videos.tell(await ended(videos))
    assert set(threads) == {"pack", "strongest", "types"}
    assert threading.get_ident() not in threads.values()


async def test_slots_are_free_before_the_pages_are_read() -> None:
    videos = Videos()
    job = await ended(videos)
    videos.jobs.page_labels = 10
    held = []
    asked = videos.jobs.page

    async def watched(job_id: str, page: str | None = None) -> object:
        held.append(len(videos.slots.account.holders))
        return await asked(job_id, page)

    videos.jobs.page = watched  # type: ignore[method-assign, assignment]
    await videos.tell(job)
    assert held == [1, 0, 0]


async def test_when_a_page_has_expired_everything_is_read_from_the_first_again() -> None:
    videos = Videos()
    videos.jobs.page_labels = 10
    job = await ended(videos)
    videos.jobs.fail_next("page", Transient("rekognition-throttled"))
    asked = videos.jobs.page

    async def expiring(job_id: str, page: str | None = None) -> object:
        if len(videos.jobs.asked) == 3:
            videos.jobs.expire_pages()
        return await asked(job_id, page)

    videos.jobs.page = expiring  # type: ignore[method-assign, assignment]
    await videos.tell(job)
    assert videos.found().frames_uri is not None
    assert len(list(unpack(videos.evidence.kept[str(videos.found().frames_uri)]))) == len(FOUND)
    assert len(gzip.decompress(videos.evidence.kept[videos.found().raw_uri]).splitlines()) == 3


async def test_pages_that_never_last_are_somebody_elses_problem() -> None:
    videos = Videos()
    videos.jobs.page_labels = 10
    job = await ended(videos)

    asked = videos.jobs.page

    async def expiring(job_id: str, page: str | None = None) -> object:
        if page is not None:
            videos.jobs.expire_pages()
        return await asked(job_id, page)

    videos.jobs.page = expiring  # type: ignore[method-assign, assignment]
    with pytest.raises(Transient, match="video-page-expired"):
        await videos.tell(job)
    assert videos.keys() == ["video#01"]


async def test_a_throttled_page_is_asked_for_again_by_itself() -> None:
    videos = Videos()
    videos.jobs.page_labels = 10
    job = await ended(videos)
    for _ in range(3):
        videos.jobs.fail_next("page", Transient("rekognition-throttled"))
    await videos.tell(job)
    assert len(videos.jobs.asked) == 6


async def test_results_that_are_gone_on_a_later_page_are_asked_for_by_another_job() -> None:
    videos = Videos()
    videos.jobs.page_labels = 10
    job = await ended(videos)
    asked = videos.jobs.page

    async def forgetting(job_id: str, page: str | None = None) -> object:
        if page is not None:
            raise Permanent(RESULTS_GONE)
        return await asked(job_id, page)

    videos.jobs.page = forgetting  # type: ignore[method-assign, assignment]
    await videos.tell(job)
    assert videos.keys() == ["video#01", "video#01#failed"]
    assert (len(videos.requests.sent), videos.slots.account.holders) == (1, {})


async def test_results_that_are_gone_are_asked_for_by_another_job() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.forget(job)
    await videos.tell(job)
    await videos.deliver(videos.requests)
    assert len(videos.jobs.started) == 2
    assert videos.keys() == ["video#01", "video#01#failed", "video#02"]
