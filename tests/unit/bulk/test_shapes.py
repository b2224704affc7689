"""AWS's shapes: read leniently, written as the guide has them, and alike whoever was asked."""

import json

import msgspec
import pytest

from cli.bulk.shapes import ManifestError, Result, answer_of, code_of, read_errors, summary_lines
from shared.contracts.messages import ContentType, Evidence, Finding

LINE = (
    '{"source-ref":"s3://foo/bar/1.jpg","detect-moderation-labels":{"ModerationLabels":[{"Confidence":88.1,'
    '"Name":"Smoking","ParentName":"Products","TaxonomyLevel":3}],"ModerationModelVersion":"7.0",'
    '"ContentTypes":[{"Confidence":72.7257,"Name":"Animated"}]}}'
)
EVIDENCE = Evidence(
    detector="rekognition-image",
    model_version="7.0",
    findings=(Finding(label="Smoking", parent="Products", level=3, confidence=88.1),),
    content_types=(ContentType(name="Animated", confidence=72.7257),),
    raw_uri="s3://evidence/x",
)


def test_a_line_of_aws_s_is_written_as_it_was_read() -> None:
    assert msgspec.json.encode(msgspec.json.decode(LINE, type=Result)).decode() == LINE


def test_evidence_of_the_pipeline_is_the_same_line() -> None:
    line = Result(ref="s3://foo/bar/1.jpg", answer=answer_of(EVIDENCE))
    assert msgspec.json.encode(line).decode() == LINE


def test_an_adapter_is_named_where_it_answered() -> None:
    answer = answer_of(msgspec.structs.replace(EVIDENCE, adapter_requested="arn", adapter_used="arn"))
    assert json.loads(msgspec.json.encode(answer))["ProjectVersion"] == "arn"
    ignored = answer_of(msgspec.structs.replace(EVIDENCE, adapter_requested="arn"))
    assert "ProjectVersion" not in json.loads(msgspec.json.encode(ignored))


def test_a_manifest_summary_is_as_in_the_guide() -> None:
    errors = [
        ManifestError(line=2, ref=None, code="INVALID_JSON_LINE", message="The line is not JSON."),
        ManifestError(line=3, ref="s3://foo/ü.jpg", code="INVALID_S3_OBJECT", message="Gone."),
    ]
    assert json.loads(b"".join(summary_lines(5, 2, errors))) == {
        "version": "1.0",
        "statistics": {"total-json-lines": 5, "valid-json-lines": 3, "invalid-json-lines": 2},
        "errors": [
            {"line-numer": 2, "code": "INVALID_JSON_LINE", "message": "The line is not JSON."},
            {"line-numer": 3, "source-ref": "s3://foo/ü.jpg", "code": "INVALID_S3_OBJECT", "message": "Gone."},
        ],
    }
    assert json.loads(b"".join(summary_lines(1, 0, [])))["errors"] == []


def test_either_spelling_of_the_line_s_number_is_read() -> None:
    told = {"errors": [{"line-numer": 1, "code": "A", "message": "a"}, {"line-number": 2, "code": "B"}]}
    found = read_errors(json.dumps(told).encode())
    assert [(one.line, one.code, one.message) for one in found] == [(1, "A", "a"), (2, "B", "")]


@pytest.mark.parametrize("content", [b"", b"\xff", b"[1]", b'{"errors":3}', b'{"errors":[null,"x"]}', b"[" * 100_000])
def test_a_summary_that_cannot_be_read_tells_no_errors(content: bytes) -> None:
    assert list(read_errors(content)) == []


def test_an_error_s_object_is_read_where_its_line_is_not() -> None:
    (error,) = read_errors(b'{"errors":[{"line-numer":"x","source-ref":"s3://foo/1.jpg","code":"A"}]}')
    assert (error.line, error.ref) == (0, "s3://foo/1.jpg")


def test_reasons_of_the_pipeline_have_the_names_of_rekognition_s_where_it_has_one() -> None:
    assert code_of("not-media") == "INVALID_IMAGE_FORMAT"
    assert code_of("bucket-not-allowed") == "BUCKET_NOT_ALLOWED"
