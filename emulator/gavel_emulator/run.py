"""Runs the emulator in the foreground: `python -m gavel_emulator.run --port 4566`.

It ends with status 0 on SIGTERM or Ctrl-C, takes every task process with it and leaves nothing behind: state, temporary
files and caches live in one folder that is removed at the end. It needs no network and says one line when it is ready;
LocalStack's own log starts at warnings and is turned up with LS_LOG (info, debug, trace).
"""

import argparse
import contextlib
import gc
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

HOST = "127.0.0.1"

SERVICES = (
    *("cloudwatch", "ec2", "events", "iam", "logs", "resourcegroupstaggingapi"),
    *("s3", "secretsmanager", "sns", "sqs", "ssm", "sts"),
    *("application-autoscaling", "cognito-idp", "dynamodb", "ecr", "ecs", "kms"),
    *("rekognition", "sagemaker", "sagemaker-a2i-runtime"),
)
"""What Gavel uses: played by LocalStack, by moto through the plugin, by the plugin. Anything else is refused: a call
that AWS would answer and the emulator can't must not look as if it had worked."""


GARBAGE_THRESHOLDS = 10_000, 20, 100
"""When Python looks for garbage. Nearly all that lives long here is no garbage: models of services, records, spans. A
look through all of it takes a second or more where there are thousands of items, and everybody waits; by Python's own
figures that happens every few hundred items."""


class CannotRun(Exception):
    """The text is for the person who tried."""


class Ending:
    """What SIGTERM and Ctrl-C do.

    Before the server runs there is no task and nothing else that must end in order, so the process goes at once. It
    doesn't raise an exception for that: whatever is interrupted might swallow it, as plugin loading does.
    """

    def __init__(self) -> None:
        self.leftover: Path | None = None
        self._end = self._go
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda signum, frame: self._end())

    def _go(self) -> None:
        if self.leftover:
            shutil.rmtree(self.leftover, ignore_errors=True)
        os._exit(0)

    def from_now_on(self, end: Callable[[], None]) -> None:
        self._end = end


def main(arguments: list[str] | None = None) -> int:
    """The exit status."""
    options = _parser().parse_args(arguments)
    ending = Ending()
    try:
        _check_port(options.port)
        with _data_folder(options.data, ending) as data:
            logs = options.logs.resolve() if options.logs else data / "logs"
            logs.mkdir(parents=True, exist_ok=True)
            _set_environment(options.port, data, logs)
            return _serve(f"Gavel's emulator is ready at http://localhost:{options.port} (Ctrl-C ends it)", ending)
    except CannotRun as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gavel_emulator.run", description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=4566, help="the port of every AWS API (default: 4566)")
    parser.add_argument(
        "--data", type=Path, help="folder for all state, emptied and removed (default: a temporary one)"
    )
    parser.add_argument("--logs", type=Path, help="folder for the output of tasks, kept (default: inside --data)")
    return parser


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise CannotRun(
                f"Port {port} can't be used ({error}). Is another emulator running? Choose another one with PORT=…"
            ) from error


@contextlib.contextmanager
def _data_folder(wanted: Path | None, ending: Ending) -> Iterator[Path]:
    """An empty folder, removed at the end. What an emulator that was killed left in `wanted` is removed first.

    Raises CannotRun when `wanted` holds anything else: a mistyped path must not cost someone their files.
    """
    temporary = Path(tempfile.gettempdir()) / f"gavel-emulator-{os.getpid()}-{secrets.token_hex(4)}"
    folder = wanted.resolve() if wanted else temporary
    mark = folder / ".gavel-emulator"
    if folder.exists() and any(folder.iterdir()):
        if not mark.exists():
            raise CannotRun(f"{folder} isn't empty and isn't an emulator's: it would be removed.")
        shutil.rmtree(folder)
    ending.leftover = folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.touch()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _set_environment(port: int, data: Path, logs: Path) -> None:
    """LocalStack reads its settings when it is imported, so they must be in the environment before."""
    temporary = data / "tmp"
    temporary.mkdir()
    os.environ |= {
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        "LOCALSTACK_HOST": f"localhost:{port}",
        "SERVICES": ",".join(SERVICES),
        "STRICT_SERVICE_LOADING": "1",
        "OVERRIDE_IN_DOCKER": "0",  # else it looks for Docker's folders in /var when it runs in a container itself
        "FILESYSTEM_ROOT": str(data / "localstack"),
        "XDG_CACHE_HOME": str(data / "cache"),
        "CONFIG_DIR": str(data / "config"),
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "DNS_ADDRESS": "0",  # no DNS server
        "SQS_DISABLE_CLOUDWATCH_METRICS": "1",  # else each message costs a request to CloudWatch, which nobody asks
        "SQS_ENDPOINT_STRATEGY": "path",  # queue URLs that resolve without a network
        "LS_LOG": os.environ.get("LS_LOG", "warning"),
        "GAVEL_TASK_LOGS": str(logs),
    }
    tempfile.tempdir = str(temporary)
    os.environ.pop("TMPDIR", None)  # many shells set it, and LocalStack warns of its own old use of the name


def _serve(ready_line: str, ending: Ending) -> int:
    from localstack import constants
    from localstack.logging.setup import setup_logging_from_config
    from localstack.runtime import current

    # LocalStack prints this when the port answers and every hook has run.
    constants.READY_MARKER_OUTPUT = ready_line
    setup_logging_from_config()
    runtime = current.initialize_runtime()

    from localstack.aws import handlers
    from twisted.internet import reactor

    from gavel_emulator.catalog import recognise_only
    from gavel_emulator.server import LoopbackServer

    runtime.components.runtime_server = LoopbackServer()
    chain = runtime.components.gateway.request_handlers
    chain.insert(chain.index(handlers.parse_service_name), recognise_only(SERVICES))

    gc.set_threshold(*GARBAGE_THRESHOLDS)
    reactor.callWhenRunning(gc.freeze)
    # The server can't be stopped before it runs.
    reactor.callWhenRunning(ending.from_now_on, lambda: runtime.exit(0))
    runtime.run()
    return runtime.exit_code


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Everything is ended and removed; taking the interpreter's 300 MB apart object by object would cost a second.
    os._exit(code)
