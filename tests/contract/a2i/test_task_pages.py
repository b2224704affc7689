"""Task pages: RenderUiTemplate, and loops whose page can't be rendered. One Liquid with the review desk's."""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from services.review.templates.generate import image_custom, image_integrated
from shared.worker_templates.render import render
from tests.contract.a2i.studio import BUILT_IN, TEMPLATE, Studio
from tests.contract.a2i.test_integrated import detect
from tests.unit.desk.cases import STANDARD, custom_input, integrated_input
from tests.unit.desk.rendering import attribute, refused

Refused = Callable[..., tuple[str, int, str]]
ROLE = "arn:aws:iam::111122223333:role/renderer"
BROKEN = "<crowd-form>\n{{ task.input.taskObject | grant_read_access }}\n</crowd-form>"


def preview(studio: Studio, template: str, task_input: Any) -> Any:
    return studio.sagemaker.render_ui_template(
        UiTemplate={"Content": template}, Task={"Input": json.dumps(task_input)}, RoleArn=ROLE
    )


@pytest.mark.parametrize(
    ("template", "task_input"),
    [
        (image_custom(STANDARD), custom_input()),
        (image_integrated(STANDARD), integrated_input()),
        ("{{ task.input.a }}{{ task.input.a | escape_once }}{{ task.input.a | skip_autoescape }}", {"a": "<b>&amp;"}),
        ("<p data-all='{{ task.input | to_json }}' title={{ task.input.a }}>", {"a": ["it's", {"b": 1.50}], "ü": None}),
    ],
    ids=["ours", "ours integrated", "filters", "places"],
)
def test_a_preview_is_the_page_that_the_desk_renders(
    empty_studio: Studio, template: str, task_input: dict[str, Any]
) -> None:
    granted: list[str] = []
    shown = preview(empty_studio, template, task_input)
    assert shown["Errors"] == []

    def grant(uri: str) -> str:
        granted.append(uri)
        return "https://granted.example/x"

    expected = render(template, task_input, grant_read_access=grant)
    got = shown["RenderedContent"]
    for _ in granted:
        signed = got[got.index(empty_studio.emulator.endpoint) :].partition('"')[0]
        got = got.replace(signed, "https://granted.example/x", 1)
    assert got == expected


def test_read_access_is_granted_by_an_address_that_opens_the_object_and_ends(studio: Studio) -> None:
    key = "a b/it's 大 & <more>.jpg"
    studio.s3.put_object(Bucket=studio.bucket, Key=key, Body=b"picture")
    template = "{% capture uri %}http://s3.amazonaws.com/{{ task.input.bucket }}/{{ task.input.key }}{% endcapture %}"
    for written in ("{{ uri | grant_read_access }}", "{{ task.input.uri | grant_read_access }}"):
        task_input = {"bucket": studio.bucket, "key": key, "uri": f"s3://{studio.bucket}/{key}"}
        page = preview(studio, f'{template}<img src="{written}">', task_input)["RenderedContent"]
        address = attribute(page, "img", "src")
        assert "X-Amz-Signature=" in address
        assert "X-Amz-Expires=900" in address
        with urllib.request.urlopen(address, timeout=120) as response:  # noqa: S310 (the emulator's)
            assert response.read() == b"picture"


def test_a_task_ui_is_previewed_by_its_arn(studio: Studio, refusal: Refused) -> None:
    task = {"Input": "{}"}
    shown = studio.sagemaker.render_ui_template(HumanTaskUiArn=studio.arn("human-task-ui/ui"), Task=task, RoleArn=ROLE)
    assert shown["RenderedContent"] == TEMPLATE
    operation = studio.sagemaker.render_ui_template
    missing = studio.arn("human-task-ui/nobody")
    assert refusal(operation, HumanTaskUiArn=missing, Task=task, RoleArn=ROLE)[:2] == ("ResourceNotFound", 400)


@pytest.mark.parametrize("template", ["{{ task.input.a | nope }}", "<p>\n{{ task.input.a", BROKEN, "{% for %}"])
def test_what_cannot_be_rendered_is_told_as_an_error_with_the_desks_reason(empty_studio: Studio, template: str) -> None:
    shown = preview(empty_studio, template, {"taskObject": "hunter2"})
    assert shown["RenderedContent"] == ""
    assert shown["Errors"] == [{"Code": "InvalidParameters", "Message": refused(template, {"taskObject": "hunter2"})}]
    assert "hunter2" not in json.dumps(shown["Errors"])


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"UiTemplate": None}, "either a UiTemplate or a HumanTaskUiArn"),
        ({"HumanTaskUiArn": "arn:aws:sagemaker:us-east-1:111122223333:human-task-ui/ui"}, "and not both"),
        ({"UiTemplate": {"Content": ""}}, "'uiTemplate.content'"),
        ({"UiTemplate": {"Content": "x" * 128_001}}, "less than or equal to 128000"),
        ({"Task": None}, "'task'"),
        ({"Task": {"Input": "x"}}, "'task.input'"),
        ({"Task": {"Input": "{" * 128_001}}, "less than or equal to 128000"),
        ({"Task": {"Input": "[1]"}}, "not a JSON object"),
        ({"RoleArn": None}, "'roleArn'"),
        ({"RoleArn": "arn:aws:iam::111122223333:user/somebody"}, "'roleArn'"),
    ],
)
def test_a_bad_preview_is_refused(
    empty_studio: Studio, refusal: Refused, changes: dict[str, Any], complaint: str
) -> None:
    request = {"UiTemplate": {"Content": "<p>"}, "Task": {"Input": "{}"}, "RoleArn": ROLE} | changes
    given = {name: value for name, value in request.items() if value is not None}
    code, status, text = refusal(empty_studio.sagemaker.render_ui_template, **given)
    assert (code, status) == ("ValidationException", 400)
    assert complaint in text


def test_a_loop_whose_page_cannot_be_rendered_fails_with_the_reason_and_is_told(studio: Studio) -> None:
    studio.listen()
    studio.sagemaker.create_human_task_ui(HumanTaskUiName="broken", UiTemplate={"Content": BROKEN})
    flow = studio.flow(review={"HumanTaskUiArn": studio.arn("human-task-ui/broken")})
    # Keys of the input in another case than the template's: what people stumble over most.
    studio.start(flow, content='{"TaskObject": "s3://b/hunter2"}')
    (event,) = studio.eventually(studio.events)
    reason = (
        "Task failed to render: [ InvalidParameters: 'line 2: \"grant_read_access\" input is not a valid S3 URI' ]."
    )
    detail = event["detail"]
    assert (detail["humanLoopStatus"], detail["failureCode"], detail["failureReason"]) == (
        "Failed",
        "ValidationError",
        reason,
    )
    described = studio.describe()
    assert (described["HumanLoopStatus"], described["FailureCode"]) == ("Failed", "ValidationError")
    assert described["FailureReason"] == reason
    (summary,) = studio.a2i.list_human_loops(FlowDefinitionArn=flow)["HumanLoopSummaries"]
    assert summary["FailureReason"] == reason
    assert studio.hook("answers", answerContent={})[0] == 409


def test_so_does_a_loop_that_rekognition_has_started(studio: Studio) -> None:
    studio.sagemaker.create_human_task_ui(
        HumanTaskUiName="broken", UiTemplate={"Content": "{{ task.input.aiServiceRequest.Image | grant_read_access }}"}
    )
    flow = studio.flow(
        review={"HumanTaskUiArn": studio.arn("human-task-ui/broken")},
        HumanLoopRequestSource={"AwsManagedHumanLoopRequestSource": BUILT_IN},
    )
    detect(studio, flow)
    studio.eventually(lambda: studio.status() == "Failed")
    assert studio.describe()["FailureCode"] == "ValidationError"
