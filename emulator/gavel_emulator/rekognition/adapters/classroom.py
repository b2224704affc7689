"""Lessons taught in processes of their own."""

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from gavel_emulator.rekognition.adapters.manifest import TrainingFailed

if TYPE_CHECKING:
    from gavel_emulator.rekognition.adapters.model import Lesson, Model

ENDING = "The emulator ends."
LEARNER = (sys.executable, "-m", "gavel_emulator.rekognition.adapters.learner")


class LearnerFailed(Exception):
    """A defect; the text is what the learner wrote about it."""


class Classroom:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._learners: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def teach(self, lesson: "Lesson") -> "Model":
        """Takes seconds. Raises LearnerFailed, and TrainingFailed at the emulator's end."""
        from gavel_emulator.rekognition.adapters.model import Model  # numpy: not before the first lesson

        # One thread: the emulator has other things to do, and so has the machine.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        with self._lock:
            if self._closed:
                raise TrainingFailed(ENDING)
            learner = subprocess.Popen(  # noqa: S603 - our own module
                LEARNER, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            self._learners.add(learner)
        try:
            learned, complaints = learner.communicate(lesson.packed())
        finally:
            with self._lock:
                self._learners.discard(learner)
        if learner.returncode != 0 and self._closed:
            raise TrainingFailed(ENDING)
        if learner.returncode != 0:
            raise LearnerFailed(complaints.decode(errors="replace"))
        return Model.unpacked(lesson.labels, learned)

    def close(self) -> None:
        """Ends every process, and nothing is taught any more."""
        with self._lock:
            self._closed = True
            for learner in self._learners:
                learner.kill()
