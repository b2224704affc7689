"""Adapters put together: the one place that knows which store, clock and world they work with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gavel_emulator.alarm import Alarm
from gavel_emulator.rekognition.adapters import world
from gavel_emulator.rekognition.adapters.book import AdapterBook
from gavel_emulator.rekognition.adapters.classroom import Classroom
from gavel_emulator.rekognition.adapters.engine import Ports
from gavel_emulator.rekognition.adapters.knobs import Knobs
from gavel_emulator.rekognition.adapters.versions import Outcome, Version
from gavel_emulator.rekognition.board import Board
from gavel_emulator.rekognition.scene import Picture, Scene


@dataclass(slots=True)
class School:
    """Where adapters are trained."""

    look: Callable[[Picture], Scene]
    alarm: Alarm[Callable[[], None]] = field(default_factory=lambda: Alarm(lambda call: call(), name="adapters"))
    classroom: Classroom = field(default_factory=Classroom)

    def train(self, version: Version) -> Outcome:
        from gavel_emulator.rekognition.adapters import training  # numpy: not before the first training

        ports = training.Ports(
            read=world.read_manifest,
            pictures=world.pictures_of,
            write=world.write,
            look=self.look,
            teach=self.classroom.teach,
            clock=now,
        )
        return training.train(ports, version)

    def close(self) -> None:
        self.alarm.close()
        self.classroom.close()


def adapter_ports(school: School, knobs: Knobs) -> Ports:
    return Ports(
        book=AdapterBook(now),
        board=Board(knobs),
        clock=now,
        train=school.train,
        check_output=world.check_output,
        call_at=school.alarm.at,
    )


def now() -> datetime:
    return datetime.now(UTC)
