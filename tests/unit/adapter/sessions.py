"""A session in memory, with a policy in force and an adapter that was trained."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.adapter.session import Session
from cli.connection import Outputs
from shared.aws.adapter_projects import AdapterProjects
from shared.aws.policy_deployments import PolicyDeployments
from shared.policy.load import load
from tests.fakes.adapters import FakeRekognition, MemoryAdapterHistory
from tests.fakes.policy_bucket import MemoryS3
from tests.unit.adapter.evaluations import COUNTS, evaluation_json

AT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
OPERATOR = "arn:aws:iam::000000000000:user/operator"
POLICY = "# Ours.\nname: standard\nrules:\n  Violence:\n    reject_at: 90\n"
OUTPUTS = Outputs(
    region="us-east-1", ledger_table="ledger", media_bucket="media", evidence_bucket="evidence",
    policy_bucket="policies", queues={}, dead_letters={}, topics={},
)  # fmt: skip
EVALUATION = "adapters/evaluation.json"


class Sts:
    async def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": OPERATOR}


@dataclass
class Stack:
    """`deploy` puts a policy in force as the infrastructure program does."""

    s3: MemoryS3
    rekognition: FakeRekognition
    history: MemoryAdapterHistory
    session: Session

    def deploy(self, text: str) -> str:
        policy = load(text, origin="test")
        self.s3.objects[f"policies/{policy.name}/{policy.version}.yaml"] = text.encode()
        self.s3.objects[f"policies/{policy.name}/current"] = policy.version.encode()
        return policy.version

    @property
    def in_force(self) -> str:
        return self.s3.objects["policies/standard/current"].decode()

    async def trained(
        self, name: str = "v1", *, base: COUNTS = (10, 60, 0, 30), adapter: COUNTS = (36, 55, 5, 4)
    ) -> dict[str, Any]:
        """An adapter with its evaluation, as the API describes it; what is changed in it is so from then on."""
        if "smokers" not in self.rekognition.projects:
            await self.session.projects.create("smokers", auto_update=True)
        project = self.rekognition.projects["smokers"]["ProjectArn"]
        key = f"{name}/{EVALUATION}"
        self.s3.objects[key] = evaluation_json(base, adapter)
        place = {"Bucket": "evidence", "Name": key}
        told = {
            "ProjectVersionArn": f"{project.rpartition('/')[0]}/version/{name}/2",
            "CreationTimestamp": AT + timedelta(hours=len(self.rekognition.versions[project])),
            "Status": "TRAINING_COMPLETED",
            "BaseModelVersion": "7.0",
            "EvaluationResult": {"F1Score": 0.9, "Summary": {"S3Object": place}},
            "FeatureConfig": {"ContentModeration": {"ConfidenceThreshold": 50.0}},
        }
        self.rekognition.versions[project].insert(0, told)
        return told


def stack() -> Stack:
    s3, rekognition, history = MemoryS3(), FakeRekognition(), MemoryAdapterHistory()
    rekognition.now = AT
    session = Session(
        outputs=OUTPUTS,
        projects=AdapterProjects(rekognition),
        deployments=PolicyDeployments(s3, OUTPUTS.policy_bucket),
        history=history,
        s3=s3,
        sts=Sts(),
        dynamodb=None,
    )
    return Stack(s3=s3, rekognition=rekognition, history=history, session=session)
