"""How the emulator starts and ends: `make emulator` is this with a Makefile around it."""

import signal
import socket
from pathlib import Path

import boto3
import pytest

from cli.local import free_port
from tests.conftest import Eventually
from tests.emulator import ENDED_WITHIN_S, Emulator, running_emulator, start

FAMILY = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
signal.pause()
"""


def run_task(emulator: Emulator, eventually: Eventually, program: str) -> list[int]:
    """Start a service with two tasks; the pids of its processes and of what they print."""
    ecs = boto3.session.Session().client(
        "ecs",
        endpoint_url=emulator.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - LocalStack takes any
    )
    ecs.create_cluster(clusterName="c")
    container = {"name": "main", "image": "gavel:local", "memory": 16, "command": ["python", "-c", program]}
    ecs.register_task_definition(family="f", containerDefinitions=[container])
    ecs.create_service(cluster="c", serviceName="s", taskDefinition="f", desiredCount=2)

    def pids() -> list[int] | None:
        told = [task["pid"] for task in emulator.get("/_gavel/tasks")]
        children = [line for log in emulator.log_dir.glob("*.log") for line in log.read_text().split()]
        return [*told, *map(int, children)] if all(told) and len(told) == len(children) == 2 else None

    return eventually(pids) or []


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_it_ends_with_status_0_and_leaves_nothing_behind(tmp_path: Path, eventually: Eventually) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with running_emulator(tmp_path, environment={"HOME": str(home), "TMPDIR": str(home)}) as emulator:
        pids = run_task(emulator, eventually, FAMILY)
        emulator.process.send_signal(signal.SIGTERM)
        assert emulator.process.wait(timeout=ENDED_WITHIN_S) == 0
        assert [pid for pid in pids if alive(pid)] == []
        assert not emulator.data.exists()
        assert list(home.iterdir()) == []
        assert emulator.errors() == ""


def test_no_task_survives_an_emulator_that_is_killed(tmp_path: Path, eventually: Eventually) -> None:
    with running_emulator(tmp_path) as emulator:
        pids = run_task(emulator, eventually, FAMILY)
        assert all(alive(pid) for pid in pids)
        emulator.process.kill()
        emulator.process.wait()
        eventually(lambda: not any(alive(pid) for pid in pids))


def test_what_a_killed_emulator_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with running_emulator(tmp_path) as emulator:
        emulator.process.kill()
        emulator.process.wait()
        (emulator.data / "old").touch()
    with running_emulator(tmp_path) as emulator:
        assert not (emulator.data / "old").exists()
    assert not emulator.data.exists()


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, said = refused(tmp_path, port)
    assert status == 1
    assert said.startswith(f"Port {port} can't be used")
    assert len(said.splitlines()) == 1


def test_a_folder_with_other_files_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.txt").touch()
    status, said = refused(tmp_path, free_port())
    assert status == 1
    assert "isn't an emulator's" in said
    assert (tmp_path / "data" / "thesis.txt").exists()


def refused(folder: Path, port: int) -> tuple[int, str]:
    """Status and stderr of an emulator that can't start."""
    process = start(port, folder, {})
    out, _ = process.communicate(timeout=ENDED_WITHIN_S)
    assert out == ""
    return process.returncode, (folder / "stderr").read_text()


def test_ending_it_while_it_starts_is_fine(tmp_path: Path) -> None:
    process = start(free_port(), tmp_path, {})
    while not (tmp_path / "data").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=ENDED_WITHIN_S)
    assert process.returncode == 0
    assert not (tmp_path / "data").exists()


def test_it_listens_on_the_loopback_interface_only(emulator: Emulator) -> None:
    port = int(emulator.endpoint.rpartition(":")[2])
    # Lines of /proc/net/tcp: <number>: <address>:<port> <peer> <state> …, in hexadecimal; state 0A listens.
    sockets = [line.split()[1:4] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [local.split(":")[0] for local, _, state in sockets if state == "0A" and local.endswith(f":{port:04X}")]
    assert listening == ["0100007F"]


def test_a_service_that_gavel_does_not_use_is_refused_by_name(emulator: Emulator) -> None:
    for name, call in (("kinesis", "list_streams"), ("rds", "describe_db_instances")):
        client = boto3.session.Session().client(
            name,
            endpoint_url=emulator.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - LocalStack takes any
        )
        with pytest.raises(client.exceptions.ClientError, match=f"doesn't serve '{name}'"):
            getattr(client, call)()


def test_health_is_told(emulator: Emulator) -> None:
    health = emulator.get("/_gavel/health")
    assert health["status"] == "ready"
    assert {"rekognition", "sagemaker", "sagemaker-a2i-runtime", "ecs", "dynamodb"} <= health["services"].keys()


def test_the_module_is_the_same_entry_as_make_emulator() -> None:
    makefile = (Path(__file__).parents[3] / "Makefile").read_text()
    assert "python -m gavel_emulator.run --port $(PORT)" in makefile
