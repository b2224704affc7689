import json
import re

import pytest

from infra.human_review import NAME_LIMIT, immutable_name
from infra.policy_files import policy_files
from shared.policy.activation import activation_conditions
from shared.policy.model import Integration
from tests.unit.infra.stacks import WITH_A2I, declared

FLOW = "aws:sagemaker/flowDefinition:FlowDefinition"
PAGE = "aws:sagemaker/humanTaskUI:HumanTaskUI"
A2I_NAME = re.compile(r"[a-z0-9](-*[a-z0-9]){0,62}")


def test_without_a2i_there_is_nothing_of_sagemaker_and_reviewers_still_sign_in() -> None:
    assert not [each for each in declared("desk").resources if each.type.startswith("aws:sagemaker/")]
    assert declared("desk").outputs["flow_definitions"] == {}
    assert len(declared("desk").of("aws:cognito/userPool:UserPool")) == 1


@pytest.mark.parametrize("kind", WITH_A2I)
def test_every_policy_has_its_flow_definitions(kind: str) -> None:
    integrated = {
        file.policy.name for file in policy_files(()) if file.policy.review.integration is Integration.INTEGRATED
    }
    flows = declared(kind).outputs["flow_definitions"]
    assert set(flows) == {file.policy.name for file in policy_files(())}
    for policy, arns in flows.items():
        always = {"custom", "appeal", "video", "video-appeal"}
        assert set(arns) == always | ({"integrated"} if policy in integrated else set())


@pytest.mark.parametrize("kind", WITH_A2I)
def test_names_are_such_as_a2i_takes(kind: str) -> None:
    names = [each.inputs["flowDefinitionName"] for each in declared(kind).of(FLOW)]
    names += [each.inputs["humanTaskUiName"] for each in declared(kind).of(PAGE)]
    assert len(set(names)) == len(names)
    assert all(A2I_NAME.fullmatch(name) for name in names)


def test_a_long_name_is_cut_and_changes_with_its_content() -> None:
    name = immutable_name("a" * 51 + "-" + "b" * 51, "one")
    assert len(name) <= NAME_LIMIT
    assert A2I_NAME.fullmatch(name)
    assert name == immutable_name("a" * 51 + "-" + "b" * 51, "one") != immutable_name("a" * 51 + "-" + "b" * 51, "two")


def test_a_flow_definition_asks_as_its_policy_says() -> None:
    for file in policy_files(()):
        review = file.policy.review
        flow = declared("dev").one(FLOW, f"flow-{file.policy.name}-custom").inputs
        assert flow["humanLoopConfig"]["taskCount"] == review.answers
        assert flow["humanLoopConfig"]["taskTimeLimitInSeconds"] == review.time_limit_s
        assert flow["humanLoopConfig"]["taskAvailabilityLifetimeInSeconds"] == review.expires_after_s
        assert "humanLoopRequestSource" not in flow
        assert flow["outputConfig"]["s3OutputPath"].endswith("/human-loops")


@pytest.mark.parametrize(("first", "appeal"), [("custom", "appeal"), ("video", "video-appeal")])
def test_an_appeal_asks_three_and_otherwise_as_the_policy_says(first: str, appeal: str) -> None:
    for file in policy_files(()):
        flow = declared("dev").one(FLOW, f"flow-{file.policy.name}-{appeal}").inputs
        custom = declared("dev").one(FLOW, f"flow-{file.policy.name}-{first}").inputs
        assert flow["humanLoopConfig"] == {**custom["humanLoopConfig"], "taskCount": 3}
        assert flow["flowDefinitionName"] != custom["flowDefinitionName"]


def test_a_video_is_watched_on_a_page_of_its_own() -> None:
    flow = declared("dev").one(FLOW, "flow-standard-video").inputs
    assert flow["humanLoopConfig"]["taskTitle"] == "Review a video (standard)"
    assert flow["humanLoopConfig"]["taskKeywords"] == ["content moderation", "video"]
    page = declared("dev").one(PAGE, "page-standard-video").inputs["uiTemplate"]["content"]
    assert "<video" in page
    assert "muted" in page


def test_an_integrated_flow_starts_loops_by_the_policys_own_conditions() -> None:
    (policy,) = (file.policy for file in policy_files(("marketplace",)))
    flow = declared("dev").one(FLOW, "flow-marketplace-integrated").inputs
    source = flow["humanLoopRequestSource"]["awsManagedHumanLoopRequestSource"]
    assert source == "AWS/Rekognition/DetectModerationLabels/Image/V3"
    told = flow["humanLoopActivationConfig"]["humanLoopActivationConditionsConfig"]["humanLoopActivationConditions"]
    assert told == activation_conditions(policy)
    assert json.loads(told)["Conditions"]


def test_every_page_shows_the_media_and_chooses_nothing_for_the_reviewer() -> None:
    pages = declared("dev").of(PAGE)
    assert pages
    for page in pages:
        content = page.inputs["uiTemplate"]["content"]
        assert 0 < len(content) <= 128_000
        assert "https://assets.crowd.aws/crowd-html-elements.js" in content
        assert "| grant_read_access" in content
        assert "<crowd-form>" in content
        assert not re.search(r"<(input|option|crowd-)[^>]*\s(checked|selected)[\s=>]", content)


def test_a_policys_page_asks_for_the_three_rulings_and_for_labels() -> None:
    (page,) = (page for page in declared("dev").of(PAGE) if page.name == "page-standard-custom")
    content = page.inputs["uiTemplate"]["content"]
    assert re.findall(r'name="ruling" value="(\w+)"', content) == ["approve", "restrict", "reject"]
    assert 'name="labels" value="{{ label.name }}"' in content
    assert "task.input.taskObject" in content


def test_a_team_is_a_work_team_of_a_group_of_the_pool() -> None:
    (team,) = declared("dev").of("aws:sagemaker/workteam:Workteam")
    (group,) = declared("dev").of("aws:cognito/userGroup:UserGroup")
    assert team.inputs["memberDefinitions"] == [
        {
            "cognitoMemberDefinition": {
                "userPool": "reviewers-id",
                "clientId": "reviewers-client-id",
                "userGroup": group.inputs["name"],
            }
        }
    ]
    assert declared("dev").outputs["reviewers_group"] == group.inputs["name"] == "gavel-dev-moderators"


def test_a_workforce_that_is_there_already_is_taken_over_with_its_pool() -> None:
    declaration = declared("what was there before")
    assert not declaration.of("aws:sagemaker/workforce:Workforce", "aws:cognito/userPool:UserPool")
    (team,) = declaration.of("aws:sagemaker/workteam:Workteam")
    assert team.inputs["workforceName"] == "people"
    assert declaration.outputs["user_pool_id"] == "us-east-1_abc"


def test_reviewers_are_invited_and_the_client_has_a_secret() -> None:
    (pool,) = declared("dev").of("aws:cognito/userPool:UserPool")
    (client,) = declared("dev").of("aws:cognito/userPoolClient:UserPoolClient")
    assert pool.inputs["adminCreateUserConfig"] == {"allowAdminCreateUserOnly": True}
    assert client.inputs["generateSecret"] is True
    assert client.inputs["allowedOauthFlows"] == ["code"]
