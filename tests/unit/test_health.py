import asyncio
import os
import subprocess
import sys
from pathlib import Path

from shared.health import BEAT_S, STALE_AFTER_S, is_alive
from shared.liveness import beating
from tests.fakes.virtual_time import VirtualTimeLoop


def check(file: Path) -> int:
    return subprocess.run([sys.executable, "-m", "shared.health", str(file)], check=False).returncode  # noqa: S603


def test_a_service_is_alive_while_its_file_is_touched_and_not_long_after(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    assert not is_alive(file, now=0)
    file.touch()
    touched_at = file.stat().st_mtime
    assert is_alive(file, now=touched_at + STALE_AFTER_S)
    assert not is_alive(file, now=touched_at + STALE_AFTER_S + 1)
    assert BEAT_S * 3 < STALE_AFTER_S


def test_the_command_tells_ecs_by_its_status(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    assert check(file) == 1
    file.touch()
    assert check(file) == 0
    os.utime(file, (0, 0))
    assert check(file) == 1


def test_the_file_is_touched_again_and_again_while_the_loop_turns(tmp_path: Path) -> None:
    file = tmp_path / "alive"

    async def serve() -> None:
        async with beating(str(file)):
            assert file.exists()
            for _ in range(3):
                os.utime(file, (0, 0))
                await asyncio.sleep(BEAT_S + 1)
                assert file.stat().st_mtime > 0
        os.utime(file, (0, 0))
        await asyncio.sleep(BEAT_S * 2)
        assert file.stat().st_mtime == 0

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(serve())


async def test_without_a_file_nobody_looks() -> None:
    async with beating(None):
        pass
