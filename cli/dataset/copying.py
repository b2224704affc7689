"""Copies images to their folders inside of S3, some at a time, and only as they were judged."""

import asyncio
from typing import Any, Final, Protocol

from msgspec import structs

from cli.dataset.judging import Outcome
from cli.dataset.pictures import CHANGED
from cli.dataset.plan import Plan
from cli.dataset.state import Placed, State
from shared.aws.errors import translated
from shared.errors import Permanent

AT_ONCE: Final = 16


class Copier(Protocol):
    async def copy_object(self, **request: Any) -> dict[str, Any]: ...


class Copies:
    """`start` waits while too many are under way, so that a scan never runs far ahead; `finish` waits for the rest."""

    def __init__(self, s3: Copier, plan: Plan, state: State) -> None:
        self._s3 = s3
        self._plan = plan
        self._state = state
        self._room = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None

    async def start(self, placed: Placed) -> None:
        """Raises what an earlier copy failed with."""
        if placed.is_copied:
            return
        await self._room.acquire()
        if self._failure is not None:
            raise self._failure
        task = asyncio.create_task(self._copy(placed))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    async def finish(self) -> None:
        """Raises what any copy failed with: Transient where S3 can't do it."""
        while self._under_way:
            await asyncio.wait(self._under_way)
        if self._failure is not None:
            raise self._failure

    async def _copy(self, placed: Placed) -> None:
        target = self._plan.dest.below(placed.folder, placed.key)
        try:
            with translated("dest", {"PreconditionFailed": CHANGED, "NoSuchKey": CHANGED}):
                await self._s3.copy_object(
                    Bucket=self._plan.dest.bucket,
                    Key=target,
                    CopySource={"Bucket": self._plan.source.bucket, "Key": placed.key},
                    CopySourceIfMatch=placed.etag,
                )
        except Permanent as error:
            if error.code != CHANGED:
                raise
            # Nobody has judged what is there now.
            self._state.keep_place(structs.replace(placed, outcome=Outcome.CHANGED))
            return
        self._state.copied(placed)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._room.release()
        if not task.cancelled() and (error := task.exception()) is not None and self._failure is None:
            self._failure = error
