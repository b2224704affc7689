"""DynamoDB as the emulator quickens it: moto's answers, whatever is asked."""

import json
import os
import subprocess

from tests.emulator import CHECKOUT, PYTHON


def test_it_answers_as_moto_does_alone() -> None:
    command = [str(PYTHON), "-m", "tests.contract.emulator.dynamodb_twice"]
    environment = {"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, check=False, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, done.stderr
    alone, quickened = json.loads(done.stdout)
    assert (alone.pop(), quickened.pop()) == ([False], [True])
    for asked, expected in zip(quickened, alone, strict=True):
        assert asked == expected
    # The comparison says nothing if there was little to compare.
    refused = [answer["refused"]["Code"] for _, _, answer in alone if "refused" in answer]
    found = [answer["Items"] for _, _, answer in alone if answer.get("Items")]
    assert {"ConditionalCheckFailedException", "TransactionCanceledException", "ValidationException"} <= set(refused)
    assert len(found) > 80
    assert sum("ExclusiveStartKey" in asked for _, asked, _ in alone) > 30
