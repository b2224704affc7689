import json

import pytest

from infra.policy_files import policy_files
from shared.policy.load import load
from tests.fakes.pulumi_engine import ACCOUNT, REGION, Declared
from tests.unit.infra.stacks import KINDS, WITH_API, WITH_DESK, WITH_OWN_KEY, Declaration, declared

BUCKETS = ("media", "work", "evidence", "policies", "logs")


def part(declaration: Declaration, bucket: str, type_: str) -> list[Declared]:
    """The resources of a type that are set on a bucket."""
    name = declaration.one("aws:s3/bucket:Bucket", f"{bucket}-bucket").inputs["bucket"]
    return [
        each
        for each in declaration.of(f"aws:s3/{type_[0].lower()}{type_[1:]}:{type_}")
        if each.inputs["bucket"] == name
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_these_buckets_and_no_others(kind: str) -> None:
    assert {bucket.name for bucket in declared(kind).of("aws:s3/bucket:Bucket")} == {
        f"{each}-bucket" for each in BUCKETS
    }


def test_bucket_names_hold_the_account_in_aws_and_none_locally() -> None:
    assert declared("prod").outputs["media_bucket"] == f"gavel-prod-media-{ACCOUNT}"
    assert declared("local").outputs["media_bucket"] == "gavel-local-media"


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_bucket_is_private_versioned_encrypted_and_takes_tls_only(kind: str, bucket: str) -> None:
    declaration = declared(kind)
    (private,) = part(declaration, bucket, "BucketPublicAccessBlock")
    assert [value for key, value in private.inputs.items() if key != "bucket"] == [True] * 4
    (versioning,) = part(declaration, bucket, "BucketVersioning")
    assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
    (ownership,) = part(declaration, bucket, "BucketOwnershipControls")
    assert ownership.inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    (encryption,) = part(declaration, bucket, "BucketServerSideEncryptionConfiguration")
    (rule,) = encryption.inputs["rules"]
    # Neither S3 nor Elastic Load Balancing delivers logs to a bucket that is encrypted with a KMS key.
    wanted = "aws:kms" if kind in WITH_OWN_KEY and bucket != "logs" else "AES256"
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == wanted
    (policy,) = part(declaration, bucket, "BucketPolicy")
    statement = policy.json("policy")["Statement"][0]
    arn = f"arn:aws:s3:::{policy.inputs['bucket']}"
    assert (statement["Effect"], statement["Action"]) == ("Deny", ["s3:*"])
    assert statement["Resource"] == [arn, f"{arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("kind", KINDS)
def test_pages_can_read_what_reviewers_look_at_and_nothing_else(kind: str) -> None:
    declaration = declared(kind)
    readable = {bucket for bucket in BUCKETS if part(declaration, bucket, "BucketCorsConfiguration")}
    assert readable == {"media", "work"}
    for cors in declaration.of("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"):
        (rule,) = cors.inputs["corsRules"]
        assert rule["allowedMethods"] == ["GET"]
        assert rule["allowedOrigins"] == ["*"]


@pytest.mark.parametrize("kind", KINDS)
def test_requests_to_every_bucket_are_logged_in_the_one_for_logs(kind: str) -> None:
    logged = {
        each.inputs["bucket"]: (each.inputs["targetBucket"], each.inputs["targetPrefix"])
        for each in declared(kind).of("aws:s3/bucketLogging:BucketLogging")
    }
    name = {each.name: each.inputs["bucket"] for each in declared(kind).of("aws:s3/bucket:Bucket")}
    assert logged == {
        name[f"{each}-bucket"]: (name["logs-bucket"], f"s3/{each}/") for each in BUCKETS if each != "logs"
    }


def test_only_log_deliveries_of_this_account_write_into_the_bucket_for_logs() -> None:
    may = {
        each.sid: (each.principals["Service"], each.actions, each.resources, each.conditions["ArnLike"])
        for each in declared("prod").statements()
        if each.resource.name == "logs-policy" and each.effect == "Allow"
    }
    logs, balancers = f"arn:aws:s3:::gavel-prod-logs-{ACCOUNT}", f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
    assert may == {
        "FromS3": (
            "logging.s3.amazonaws.com",
            ("s3:PutObject",),
            (f"{logs}/s3/*",),
            {"aws:SourceArn": "arn:aws:s3:::gavel-prod-*"},
        ),
        "FromLoadBalancer": (
            "logdelivery.elasticloadbalancing.amazonaws.com",
            ("s3:PutObject",),
            (f"{logs}/desk/AWSLogs/{ACCOUNT}/*",),
            {"aws:SourceArn": f"{balancers}:loadbalancer/*"},
        ),
    }


def test_derivatives_and_evidence_expire_and_media_and_policies_stay() -> None:
    expiries = {
        bucket: [rule["expiration"]["days"] for rule in rules.inputs["rules"] if "expiration" in rule]
        for bucket in BUCKETS
        for rules in part(declared("prod"), bucket, "BucketLifecycleConfiguration")
    }
    assert expiries == {"media": [], "work": [30], "evidence": [730], "policies": [], "logs": [365]}


@pytest.mark.parametrize("kind", KINDS)
def test_every_table_can_be_recovered_and_is_encrypted(kind: str) -> None:
    tables = declared(kind).of("aws:dynamodb/table:Table")
    of_desk = ["desk-table"] if kind in WITH_DESK else []
    of_console = ["console-table"] if kind in WITH_API else []
    assert {table.name for table in tables} == {"ledger", "verified", *of_desk, *of_console}
    for table in tables:
        assert table.inputs["billingMode"] == "PAY_PER_REQUEST"
        days = 1 if kind in {"dev", "what was there before"} else 35
        assert table.inputs["pointInTimeRecovery"] == {"enabled": True, "recoveryPeriodInDays": days}
        assert table.inputs["ttl"] == {"attributeName": "expires_at", "enabled": True}
        assert table.inputs["serverSideEncryption"]["enabled"] is True


def test_the_ledger_has_the_keys_that_its_adapter_uses() -> None:
    table = declared("dev").one("aws:dynamodb/table:Table", "ledger")
    assert (table.inputs["hashKey"], table.inputs["rangeKey"]) == ("pk", "sk")
    indexes = {
        each["name"]: tuple(key["attributeName"] for key in each["keySchemas"])
        for each in table.inputs["globalSecondaryIndexes"]
    }
    assert indexes == {
        "by_status": ("status_day", "updated_at"),
        "by_content": ("content_key", "updated_at"),
        "by_tenant": ("tenant_day", "received_at"),
    }


def test_what_must_not_get_lost_is_protected_in_prod_only() -> None:
    def is_protected(kind: str) -> bool:
        declaration = declared(kind)
        tables = {each.inputs["deletionProtectionEnabled"] for each in declaration.of("aws:dynamodb/table:Table")}
        pools = {
            each.inputs["deletionProtection"] == "ACTIVE" for each in declaration.of("aws:cognito/userPool:UserPool")
        }
        kept = {not bucket.inputs["forceDestroy"] for bucket in declaration.of("aws:s3/bucket:Bucket")}
        (answer,) = {*tables, *pools, *kept}
        return bool(answer)

    assert is_protected("prod")
    assert not is_protected("dev")
    assert not is_protected("local")


def test_every_policy_is_deployed_under_its_version_with_a_pointer_to_it() -> None:
    objects = {
        each.inputs["key"]: each.inputs["content"]
        for each in declared("local").of("aws:s3/bucketObjectv2:BucketObjectv2")
    }
    for file in policy_files(()):
        policy = file.policy
        assert objects[f"policies/{policy.name}/current"] == policy.version
        assert load(objects[f"policies/{policy.name}/{policy.version}.yaml"], origin="deployed") == policy


def test_tenants_are_deployed_with_the_stacks_own_bucket_where_they_name_none() -> None:
    def tenants(kind: str) -> object:
        return json.loads(
            declared(kind).one("aws:s3/bucketObjectv2:BucketObjectv2", "policies-tenants").inputs["content"]
        )

    assert tenants("local") == {
        "tenants": [
            {"name": "default", "policy": "standard", "buckets": [{"bucket": "gavel-local-media", "prefix": ""}]},
            {
                "name": "marketplace",
                "policy": "marketplace",
                "buckets": [{"bucket": "gavel-local-media", "prefix": "marketplace/"}],
            },
        ]
    }
    assert tenants("what was there before") == {
        "tenants": [
            {"name": "shop", "policy": "standard", "buckets": [{"bucket": "shop-uploads", "prefix": "offers/"}]}
        ]
    }
