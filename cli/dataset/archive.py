"""Keeps a run's state at its destination too, so that it can be finished from another machine."""

import asyncio
import gzip
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import msgspec

from cli.dataset.plan import STATE_FOLDER, Place, Plan
from cli.dataset.state import State
from cli.run_state import forget
from shared.aws.errors import translated
from shared.errors import Permanent

PLAN: Final = "plan.json"
STATE: Final = "state.sqlite.gz"
CHUNK_BYTES: Final = 1 << 20
GENERATION: Final = "generation"
"""A fact of the state, and metadata of its copy: the higher one is the newer."""


async def claim(s3: Any, plan: Plan) -> None:
    """Write the plan to the destination: the first thing that is ever written, so that missing rights show before
    anything is paid. Raises Transient `dest-access-denied`, Permanent `dest-missing`."""
    with translated("dest", {"NoSuchBucket": "dest-missing"}):
        await s3.put_object(
            Bucket=plan.dest.bucket,
            Key=plan.state_key(PLAN),
            Body=msgspec.json.encode(plan),
            ContentType="application/json",
        )


async def is_claimed(s3: Any, plan: Plan) -> bool:
    """Whether this run was ever begun, wherever that was. Raises as `claim` does."""
    try:
        with translated("dest", {"NoSuchBucket": "dest-missing", "404": "not-claimed", "NoSuchKey": "not-claimed"}):
            await s3.head_object(Bucket=plan.dest.bucket, Key=plan.state_key(PLAN))
    except Permanent as error:
        if error.code == "not-claimed":
            return False
        raise
    return True


async def store(s3: Any, plan: Plan, state: State) -> None:
    generation = (state.fact(GENERATION, int) or 0) + 1
    state.keep_fact(GENERATION, generation)
    packed = await asyncio.to_thread(_packed, state)
    await upload(s3, plan, STATE, packed, "application/gzip", generation=str(generation))
    packed.unlink()


async def upload(s3: Any, plan: Plan, name: str, path: Path, content_type: str, **metadata: str) -> None:
    """A file of the run's, beside its state."""
    await upload_to(s3, plan.dest.bucket, plan.state_key(name), path, content_type, **metadata)


async def upload_to(s3: Any, bucket: str, key: str, path: Path, content_type: str, **metadata: str) -> None:
    with translated("dest"), path.open("rb") as body:
        await s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type, Metadata=metadata)


async def fetch_if_newer(s3: Any, plan: Plan, path: Path) -> None:
    """Bring the state from the destination where none is here, or an older one."""
    place = {"Bucket": plan.dest.bucket, "Key": plan.state_key(STATE)}
    here = _generation(path)
    try:
        with translated("dest", {"NoSuchKey": "not-archived", "NoSuchBucket": "dest-missing"}):
            answer = await s3.get_object(**place)
            async with answer["Body"]:
                if int(answer["Metadata"].get(GENERATION, 0)) <= here:
                    return
                path.parent.mkdir(parents=True, exist_ok=True)
                packed = path.with_suffix(".gz")
                with packed.open("wb") as file:
                    async for chunk in answer["Body"].iter_chunks(CHUNK_BYTES):
                        file.write(chunk)
    except Permanent as error:
        if error.code == "not-archived":
            return
        raise
    await asyncio.to_thread(_unpack, packed, path)


async def plans(s3: Any, dest: Place) -> AsyncIterator[Plan]:
    """Of every run that has ever written to this destination."""
    page: dict[str, Any] = {}
    prefix = dest.below(STATE_FOLDER, "")
    while True:
        more = {"ContinuationToken": page["NextContinuationToken"]} if page else {}
        with translated("dest", {"NoSuchBucket": "dest-missing"}):
            page = await s3.list_objects_v2(Bucket=dest.bucket, Prefix=prefix, **more)
            for entry in page.get("Contents", ()):
                if entry["Key"].endswith(f"/{PLAN}"):
                    answer = await s3.get_object(Bucket=dest.bucket, Key=entry["Key"])
                    async with answer["Body"] as body:
                        yield msgspec.json.decode(await body.read(), type=Plan)
        if not page.get("IsTruncated"):
            return


def _generation(path: Path) -> int:
    """0 where there is no state."""
    if not path.exists():
        return 0
    with State(path) as state:
        return state.fact(GENERATION, int) or 0


def _packed(state: State) -> Path:
    whole, packed = state.path.with_suffix(".copy"), state.path.with_suffix(".gz")
    state.copy_to(whole)
    with whole.open("rb") as source, gzip.open(packed, "wb", compresslevel=6) as target:
        shutil.copyfileobj(source, target)
    whole.unlink()
    return packed


def _unpack(packed: Path, path: Path) -> None:
    whole = path.with_suffix(".copy")
    with gzip.open(packed, "rb") as source, whole.open("wb") as target:
        shutil.copyfileobj(source, target)
    forget(path)
    whole.replace(path)
    packed.unlink()
