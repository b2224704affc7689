"""SageMaker: workforce, work teams, task pages and flow definitions. Only a work team can be changed."""

from typing import Final

from infra.local.aws import Aws, Made, Maker, Properties, capitalised, chosen, fits, found

MISSING: Final = ("ValidationException", "ResourceNotFound")
"""SageMaker answers the first for a workforce or a work team that isn't there, the second for the others."""


def workforce(aws: Aws, name: str, inputs: Properties) -> Made:
    sagemaker, workforce_name = aws.client("sagemaker"), inputs["workforceName"]
    wanted = {"CognitoConfig": capitalised(inputs["cognitoConfig"])}
    there = found(sagemaker.describe_workforce, *MISSING, WorkforceName=workforce_name)
    if there is None:
        sagemaker.create_workforce(WorkforceName=workforce_name, **wanted)
    return Made(id=workforce_name, outputs={"arn": aws.arn("sagemaker", f"workforce/{workforce_name}")})


def work_team(aws: Aws, name: str, inputs: Properties) -> Made:
    sagemaker, team_name = aws.client("sagemaker"), inputs["workteamName"]
    wanted = capitalised(chosen(inputs, "memberDefinitions", "description"))
    there = found(sagemaker.describe_workteam, *MISSING, WorkteamName=team_name)
    if there is None:
        sagemaker.create_workteam(WorkteamName=team_name, WorkforceName=inputs["workforceName"], **wanted)
    elif not fits(there["Workteam"], wanted):
        sagemaker.update_workteam(WorkteamName=team_name, **wanted)
    return Made(id=team_name, outputs={"arn": aws.arn("sagemaker", f"workteam/private-crowd/{team_name}")})


def task_page(aws: Aws, name: str, inputs: Properties) -> Made:
    sagemaker, page_name = aws.client("sagemaker"), inputs["humanTaskUiName"]
    if found(sagemaker.describe_human_task_ui, *MISSING, HumanTaskUiName=page_name) is None:
        sagemaker.create_human_task_ui(HumanTaskUiName=page_name, UiTemplate=capitalised(inputs["uiTemplate"]))
    return Made(id=page_name, outputs={"arn": aws.arn("sagemaker", f"human-task-ui/{page_name}")})


def flow_definition(aws: Aws, name: str, inputs: Properties) -> Made:
    sagemaker, flow_name = aws.client("sagemaker"), inputs["flowDefinitionName"]
    if found(sagemaker.describe_flow_definition, *MISSING, FlowDefinitionName=flow_name) is None:
        wanted = chosen(
            *(inputs, "humanLoopConfig", "humanLoopRequestSource", "humanLoopActivationConfig"),
            *("outputConfig", "roleArn"),
        )
        sagemaker.create_flow_definition(FlowDefinitionName=flow_name, **capitalised(wanted))
    return Made(id=flow_name, outputs={"arn": aws.arn("sagemaker", f"flow-definition/{flow_name}")})


MAKERS: Final[dict[str, Maker]] = {
    "aws:sagemaker/workforce:Workforce": workforce,
    "aws:sagemaker/workteam:Workteam": work_team,
    "aws:sagemaker/humanTaskUI:HumanTaskUI": task_page,
    "aws:sagemaker/flowDefinition:FlowDefinition": flow_definition,
}
