"""The first process of a container: runs its command and sees to it that nothing of it outlives the task.

    python -I -S init.py <control fd> <program> [<argument>…]

A container ends when its first process does, whatever else it started, and it can't outlive its host. A plain process
has neither property, so this one stands between the emulator and the command:

- it tells the emulator over the control socket: `started <pid>`, `failed <text>`, `exited <code>` (128 + signal);
- the emulator tells it: `t` sends SIGTERM to the command (only to it, as ECS does), `k` kills all that it started;
- when the socket closes, the emulator is gone, even if by SIGKILL: everything is killed.

Standard library only, and as little of it as possible: every task start waits for this to load.
"""

import os
import select
import signal
import socket
import sys

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    # Orphans of the command become children of this process instead of the machine's, so they can be found.
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    wake, woken = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda signum, frame: None)

    failure, failing = os.pipe()
    command = os.fork()
    if command == 0:
        run_command(sys.argv[2:], failing)
    os.close(failing)
    # Empty as soon as the command has replaced the fork: the pipe closes itself then.
    problem = os.read(failure, 4096)
    control.sendall(b"failed " + problem + b"\n" if problem else f"started {command}\n".encode())

    while True:
        ready, _, _ = select.select([control, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            code = reap(command)
            if code is not None:
                kill_orphans()
                control.sendall(f"exited {code}\n".encode())
                return
        if control in ready:
            match control.recv(1):
                case b"t":
                    os.kill(command, signal.SIGTERM)
                case b"k":
                    os.killpg(command, signal.SIGKILL)
                case _:
                    os.killpg(command, signal.SIGKILL)
                    os.waitpid(command, 0)
                    kill_orphans()
                    return


def run_command(command: list[str], failing: int) -> None:
    """Becomes the command, in a process group of its own; never returns. Writes to `failing` why it couldn't."""
    signal.set_wakeup_fd(-1)
    for restored in (signal.SIGCHLD, signal.SIGPIPE):
        signal.signal(restored, signal.SIG_DFL)
    os.setpgid(0, 0)
    # If this process's parent, the one above, is killed.
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - running what it is given is its job
    except OSError as error:
        os.write(failing, f"{command[0]}: {error.strerror}".encode())
    finally:
        os._exit(127)


def reap(command: int) -> int | None:
    """Collects every ended child; the command's exit code if it is among them."""
    code = None
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if child == 0:
            return code
        if child == command:
            code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def kill_orphans() -> None:
    """Kills what the command left running; its orphans' orphans come here in turn, so until there are none."""
    while orphans := children():
        for orphan in orphans:
            os.kill(orphan, signal.SIGKILL)
            os.waitpid(orphan, 0)


def children() -> list[int]:
    if sys.platform != "linux":
        return []
    found = []
    for entry in os.listdir("/proc"):  # noqa: PTH208 - pathlib would double the time to load
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as stat:  # noqa: PTH123 - as above
                # <pid> (<name, which may hold anything>) <state> <parent> …
                parent = stat.read().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == os.getpid():
            found.append(int(entry))
    return found


def prctl(option: int, value: int) -> None:
    """Linux only; elsewhere the process group alone is killed."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main()
