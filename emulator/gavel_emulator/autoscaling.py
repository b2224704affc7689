"""Application Auto Scaling: moto keeps targets and policies, and that is all.

No policy is acted on; a service follows its desired count however else that is changed (`ecs/supervisor.py`).
"""

from localstack.aws.api import RequestContext, handler
from localstack.services.moto import call_moto

from gavel_emulator.moto_played import Request, Response, moto_played

SERVICE_ROLE = "ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"


class AutoScalingProvider(moto_played("application-autoscaling")):
    @handler("DescribeScalableTargets", expand=False)
    def describe_scalable_targets(self, context: RequestContext, request: Request) -> Response:
        answer = call_moto(context)
        for target in answer["ScalableTargets"]:
            # A target registered without a role gets AWS's own; moto leaves the member out, which the model requires.
            target.setdefault("RoleARN", f"arn:aws:iam::{context.account_id}:role/aws-service-role/{SERVICE_ROLE}")
        return answer
