"""One container, run as a process: started, watched, told to end."""

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

INIT = Path(__file__).with_name("init.py")
LAST_OUTPUT_S = 5.0


class ContainerProcess:
    """A command under `init.py`. The callbacks come from its own threads:

    `started(pid)` once it runs, `wrote(line)` for each line of its output without the line's end, and as the last one
    `ended(exit code, reason)`, where the reason is a text if it couldn't be started and else None.
    """

    def __init__(
        self,
        *,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        started: Callable[[int], None],
        wrote: Callable[[str], None],
        ended: Callable[[int | None, str | None], None],
    ) -> None:
        """Raises OSError when `folder` can't be entered; no callback comes then."""
        self._started, self._wrote, self._ended = started, wrote, ended
        self._control, theirs = socket.socketpair()
        with theirs:
            try:
                self._init = subprocess.Popen(  # noqa: S603 - running what a task definition says is its job
                    [sys.executable, "-I", "-S", INIT, str(theirs.fileno()), *command],
                    env=dict(environment),
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,  # Ctrl-C at the emulator's terminal is for the emulator
                )
            except OSError:
                self._control.close()
                raise
        self._output = threading.Thread(target=self._read_output, args=(self._init.stdout,), daemon=True)
        self._output.start()
        threading.Thread(target=self._watch, daemon=True).start()

    def terminate(self) -> None:
        """SIGTERM to the command."""
        self._tell(b"t")

    def kill(self) -> None:
        """SIGKILL to everything that it started."""
        self._tell(b"k")

    def _tell(self, word: bytes) -> None:
        # It may have ended in the meantime; `ended` says so.
        with contextlib.suppress(OSError):
            self._control.sendall(word)

    def _read_output(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                self._wrote(line.decode(errors="replace").rstrip("\r\n"))

    def _watch(self) -> None:
        # Without a last word init itself was killed, and the command with it.
        code: int | None = 128 + 9
        reason: str | None = None
        with self._control, self._control.makefile() as words:
            for word in words:
                kind, _, value = word.rstrip("\n").partition(" ")
                match kind:
                    case "started":
                        self._started(int(value))
                    case "failed":
                        code, reason = None, value
                    case "exited" if reason is None:
                        code = int(value)
        self._init.wait()
        # All writers are dead, so the rest of the output is only what the pipe still holds.
        self._output.join(LAST_OUTPUT_S)
        self._ended(code, reason)
