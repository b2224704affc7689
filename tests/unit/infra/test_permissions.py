"""What each service may do, in full: a permission that comes or goes is seen here."""

import re

import pytest

from infra.config import SERVICES
from tests.fakes.pulumi_engine import ACCOUNT, REGION
from tests.unit.infra.stacks import WITH_DESK, declared

PREFIX = f"{REGION}:{ACCOUNT}:gavel-dev-"
POLICY_READER = ("s3:GetObject", ("policies/policies/*", "policies/tenants.json"))
LEDGER = (
    "dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem",
    ("table/gavel-dev-ledger", "table/gavel-dev-ledger/index/*"),
)
KEY = ("kms:Decrypt kms:GenerateDataKey", ("key/encryption-key",))
RECEIVE = "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:ReceiveMessage sqs:SendMessage"
RECEIVE_DEAD = "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:ReceiveMessage"
MEDIA = ("s3:GetObject s3:GetObjectVersion", ("media/*", "work/derivatives/*"))

EXPECTED = {
    "ingest": {
        "Receive": (RECEIVE, ("sqs/media-events",)),
        "Send": (
            "sqs:SendMessage",
            (
                *("sqs/moderation-backfill", "sqs/moderation-requests", "sqs/outcomes"),
                *("sqs/video-backfill", "sqs/video-requests"),
            ),
        ),
        "ReadMedia": MEDIA,
        "TellMissingObjects": ("s3:ListBucket", ("media",)),
        "WriteDerivatives": ("s3:PutObject", ("work/derivatives/*",)),
        "WriteQuarantine": ("s3:PutObject", ("evidence/quarantine/*",)),
        "ReadPolicies": POLICY_READER,
        "KeepLedger": LEDGER,
        "UseKey": KEY,
    },
    "moderate": {
        "Receive": (
            RECEIVE,
            (
                *("sqs/moderation-backfill", "sqs/moderation-requests"),
                *("sqs/video-backfill", "sqs/video-completions", "sqs/video-requests"),
            ),
        ),
        "Send": ("sqs:SendMessage", ("sqs/review-requests",)),
        "Publish": ("sns:Publish", ("sns/alerts",)),
        "ModerateVideos": ("rekognition:GetContentModeration rekognition:StartContentModeration", ("*",)),
        "LetRekognitionTell": ("iam:PassRole", ("role/gavel-dev-video-jobs",)),
        "FindProjects": ("rekognition:DescribeProjects", ("*",)),
        "LookAtAdapters": ("rekognition:DescribeProjectVersions", ("project/*",)),
        "Detect": ("rekognition:DetectModerationLabels", ("*",)),
        "ReadMedia": MEDIA,
        "WriteEvidenceQuarantine": ("s3:PutObject", ("evidence/evidence/*", "evidence/quarantine/*")),
        "ReadBulkAnswers": ("s3:GetObject", ("evidence/bulk/*",)),
        "StartLoops": ("sagemaker:StartHumanLoop", ("flow-definition/gavel-dev-*",)),
        "FollowLoops": ("sagemaker:DescribeHumanLoop", ("human-loop/*",)),
        "ReadPolicies": POLICY_READER,
        "KeepLedger": LEDGER,
        "UseKey": KEY,
    },
    "review": {
        "Receive": (RECEIVE, ("sqs/appeals", "sqs/human-loop-events", "sqs/review-requests")),
        "Send": ("sqs:SendMessage", ("sqs/outcomes",)),
        "Publish": ("sns:Publish", ("sns/alerts",)),
        "ReadFrames": ("s3:GetObject", ("evidence/evidence/*",)),
        "ReadAnswers": ("s3:GetObject", ("evidence/human-loops/*",)),
        "AddWords": ("dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem", ("table/gavel-dev-verified",)),
        "TellMissingObjects": ("s3:ListBucket", ("evidence",)),
        "WriteQuarantine": ("s3:PutObject", ("evidence/quarantine/*",)),
        "StartLoops": ("sagemaker:StartHumanLoop", ("flow-definition/gavel-dev-*",)),
        "FollowLoops": ("sagemaker:DescribeHumanLoop sagemaker:StopHumanLoop", ("human-loop/*",)),
        "ReadPolicies": POLICY_READER,
        "KeepLedger": LEDGER,
        "UseKey": KEY,
    },
    "results": {
        "Receive": (RECEIVE, ("sqs/outcomes",)),
        "ReceiveDeadLetters": (
            RECEIVE_DEAD,
            (
                "sqs/appeals-dlq",
                "sqs/human-loop-events-dlq",
                "sqs/media-events-dlq",
                "sqs/moderation-backfill-dlq",
                "sqs/moderation-requests-dlq",
                "sqs/outcomes-dlq",
                "sqs/review-requests-dlq",
                *("sqs/video-backfill-dlq", "sqs/video-completions-dlq", "sqs/video-requests-dlq"),
            ),
        ),
        "Publish": ("sns:Publish", ("sns/alerts", "sns/verdicts")),
        "WriteQuarantine": ("s3:PutObject", ("evidence/quarantine/*",)),
        "KeepLedger": LEDGER,
        "UseKey": KEY,
    },
}


def short(arn: str) -> str:
    """An ARN without what they all have: `sqs/outcomes`, `work/derivatives/*`, `table/gavel-dev-ledger`."""
    if bucket := re.fullmatch(rf"arn:aws:s3:::gavel-\w+-(\w+)-{ACCOUNT}(/.*)?", arn):
        return f"{bucket[1]}{bucket[2] or ''}"
    if named := re.fullmatch(rf"arn:aws:(sqs|sns):{PREFIX}(.*)", arn):
        return f"{named[1]}/{named[2]}"
    return arn.rpartition(":")[2]


def given(kind: str, service: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {
        each.sid: (" ".join(sorted(each.actions)), tuple(sorted(map(short, each.resources))))
        for each in declared(kind).statements()
        if each.resource.name == f"{service}-task-policy"
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_do_what_its_adapters_do_and_nothing_else(service: str) -> None:
    assert given("dev", service) == EXPECTED[service]


DESK_TABLE = ("table/gavel-prod-desk", "table/gavel-prod-desk/index/*")
OWN_LOOPS = {
    "KeepDesk": ("dynamodb:GetItem dynamodb:PutItem", DESK_TABLE[:1]),
    "WriteHumanLoops": ("s3:PutObject", ("evidence/human-loops/*",)),
    "TellLoopEnds": ("events:PutEvents", ("event-bus/default",)),
}
OF_THE_DESK = OWN_LOOPS | {
    "ListTasks": ("dynamodb:BatchGetItem dynamodb:Query", DESK_TABLE),
    "ReadSets": ("s3:GetObject", ("evidence/verification/*",)),
    "AddWords": ("dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem", ("table/gavel-prod-verified",)),
    "ShowVerified": ("dynamodb:GetItem dynamodb:Query", ("table/gavel-prod-verified",)),
    "ReadInputs": ("s3:GetObject", ("evidence/human-loops/*",)),
    "ShowMedia": ("s3:GetObject s3:GetObjectVersion", MEDIA[1]),
    "SignPeopleIn": (
        "cognito-idp:AdminInitiateAuth cognito-idp:AdminListGroupsForUser "
        "cognito-idp:AdminRespondToAuthChallenge cognito-idp:DescribeUserPoolClient",
        ("userpool/reviewers-id",),
    ),
    "UseKey": KEY,
}


def test_the_desk_may_keep_its_loops_show_media_and_let_reviewers_in_and_nothing_else() -> None:
    assert given("desk", "desk") == OF_THE_DESK


def test_review_may_keep_loops_where_there_is_a_desk() -> None:
    own, elsewhere = given("desk", "review"), given("prod", "review")
    assert {sid: may for sid, may in own.items() if sid not in elsewhere} == OWN_LOOPS


@pytest.mark.parametrize("kind", WITH_DESK)
def test_only_the_desks_own_loops_can_be_told_as_ended(kind: str) -> None:
    for each in declared(kind).statements():
        if "events:PutEvents" in each.actions:
            assert each.conditions == {"StringEquals": {"events:source": "gavel.desk"}}


@pytest.mark.parametrize("service", SERVICES)
def test_without_a2i_no_service_may_do_anything_to_human_loops(service: str) -> None:
    actions = {
        action
        for each in declared("desk").statements()
        if each.resource.name == f"{service}-task-policy"
        for action in each.actions
    }
    assert not [action for action in actions if action.startswith("sagemaker:")]


def test_media_in_a_tenants_own_bucket_can_be_read_and_nothing_else_there() -> None:
    theirs = {
        (each.resource.name, each.sid, arn)
        for each in declared("what was there before").statements()
        for arn in each.resources
        if "shop-uploads" in arn
    }
    assert theirs == {
        ("ingest-task-policy", "ReadMedia", "arn:aws:s3:::shop-uploads/offers/*"),
        ("ingest-task-policy", "TellMissingObjects", "arn:aws:s3:::shop-uploads"),
        ("moderate-task-policy", "ReadMedia", "arn:aws:s3:::shop-uploads/offers/*"),
        ("flow-role-policy", "ShowMedia", "arn:aws:s3:::shop-uploads/offers/*"),
    }


def test_whoever_starts_a_task_pulls_one_image_and_writes_one_log() -> None:
    may = {
        each.sid: tuple(map(short, each.resources))
        for each in declared("dev").statements()
        if each.resource.name == "ingest-execution-policy"
    }
    assert may == {
        "SignInToRegistry": ("*",),
        "PullImage": ("repository/gavel-dev",),
        "WriteLogs": ("*",),
    }
    (log,) = (
        each for each in declared("dev").statements() if each.sid == "WriteLogs" and "ingest" in each.resource.name
    )
    assert log.resources == (f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/gavel/dev/ingest:*",)
