"""Videos in the emulator's S3, jobs for them, and a queue that hears of their ends."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests import videos
from tests.conftest import ACCOUNT, REGION, Aws, Eventually
from tests.contract.rekognition.pictures import Shelf
from tests.emulator import Emulator


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """A Rekognition whose quotas are out of the way, and a bucket of one test."""

    rekognition: Any
    emulator: Emulator
    shelf: Shelf
    eventually: Eventually

    def put(self, content: bytes | None = None, **script: str) -> dict[str, Any]:
        """The Video parameter of a new video of two seconds, or of the content."""
        key = f"{uuid4().hex}.mp4"
        return self.shelf.put(videos.make_video() if content is None else content, key=key, **script)

    def start(self, video: dict[str, Any] | None = None, **more: Any) -> str:
        job_id: str = self.rekognition.start_content_moderation(Video=video or self.put(), **more)["JobId"]
        return job_id

    def get(self, job_id: str, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.rekognition.get_content_moderation(JobId=job_id, **more)
        return answer

    def ended(self, job_id: str, **more: Any) -> dict[str, Any]:
        """The answer when the job is over."""

        def over() -> dict[str, Any] | None:
            answer = self.get(job_id, **more)
            return answer if answer["JobStatus"] != "IN_PROGRESS" else None

        return self.eventually(over) or {}

    def refusal(self, operation: str, **parameters: Any) -> tuple[str, str]:
        """The code and the text of the error that the operation answers with."""
        with pytest.raises(ClientError) as refused:
            getattr(self.rekognition, operation)(**parameters)
        error = refused.value.response["Error"]
        return error["Code"], error["Message"]

    def jobs(self) -> dict[str, Any]:
        told: dict[str, Any] = self.emulator.get(f"/_gavel/video-jobs?account={ACCOUNT}&region={REGION}")
        return told

    def turn(self, **settings: Any) -> None:
        self.emulator.post("/_gavel/video-settings", settings)


@dataclass(frozen=True, slots=True)
class Listener:
    """A topic with a queue behind it."""

    channel: dict[str, str]
    sqs: Any
    queue: str
    heard: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def make(cls, aws: Aws, name: str) -> "Listener":
        sns, sqs = aws("sns"), aws("sqs")
        topic = sns.create_topic(Name=f"AmazonRekognition-{name}")["TopicArn"]
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return cls({"SNSTopicArn": topic, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/rekognition"}, sqs, queue)

    def listen(self) -> list[dict[str, Any]]:
        """Every message heard so far, the new ones among them."""
        answer = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        for message in answer.get("Messages", []):
            self.heard.append(json.loads(json.loads(message["Body"])["Message"]))
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return self.heard
