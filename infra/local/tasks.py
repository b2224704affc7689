"""ECS, ECR and Application Auto Scaling: what a service runs in."""

import json
from typing import Final

from infra.local.aws import Aws, Made, Maker, Properties, capitalised, chosen, fits, found


def cluster(aws: Aws, name: str, inputs: Properties) -> Made:
    ecs, cluster_name = aws.client("ecs"), inputs["name"]
    there = ecs.describe_clusters(clusters=[cluster_name], include=["SETTINGS"])["clusters"]
    if not there or there[0]["status"] != "ACTIVE":
        ecs.create_cluster(clusterName=cluster_name, settings=inputs["settings"])
    elif not fits(there[0].get("settings"), inputs["settings"]):
        ecs.update_cluster(cluster=cluster_name, settings=inputs["settings"])
    arn = aws.arn("ecs", f"cluster/{cluster_name}")
    return Made(id=arn, outputs={"arn": arn})


def capacity_providers(aws: Aws, name: str, inputs: Properties) -> Made:
    ecs, cluster_name = aws.client("ecs"), inputs["clusterName"]
    (there,) = ecs.describe_clusters(clusters=[cluster_name])["clusters"]
    if not fits(there.get("capacityProviders"), inputs["capacityProviders"]):
        ecs.put_cluster_capacity_providers(
            cluster=cluster_name,
            capacityProviders=inputs["capacityProviders"],
            defaultCapacityProviderStrategy=inputs.get("defaultCapacityProviderStrategies", []),
        )
    return Made(id=cluster_name)


def task_definition(aws: Aws, name: str, inputs: Properties) -> Made:
    """A revision is for good: there is a new one only when something has changed."""
    ecs = aws.client("ecs")
    wanted = chosen(
        *(inputs, "family", "networkMode", "requiresCompatibilities", "cpu", "memory"),
        *("taskRoleArn", "executionRoleArn", "runtimePlatform", "volumes"),
    ) | {"containerDefinitions": json.loads(inputs["containerDefinitions"])}
    there = found(ecs.describe_task_definition, "ClientException", taskDefinition=inputs["family"])
    if there is None or not fits(there["taskDefinition"], wanted):
        there = ecs.register_task_definition(**wanted)
    return Made(id=inputs["family"], outputs={"arn": there["taskDefinition"]["taskDefinitionArn"]})


def service(aws: Aws, name: str, inputs: Properties) -> Made:
    """`desiredCount` counts only at the start: from then on it belongs to whoever scales."""
    ecs = aws.client("ecs")
    network = inputs["networkConfiguration"]
    changeable = {
        "taskDefinition": inputs["taskDefinition"],
        "capacityProviderStrategy": inputs["capacityProviderStrategies"],
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": inputs["deploymentCircuitBreaker"],
            "maximumPercent": inputs["deploymentMaximumPercent"],
            "minimumHealthyPercent": inputs["deploymentMinimumHealthyPercent"],
        },
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": network["subnets"],
                "securityGroups": network["securityGroups"],
                "assignPublicIp": "ENABLED" if network["assignPublicIp"] else "DISABLED",
            }
        },
    }
    services = ecs.describe_services(cluster=inputs["cluster"], services=[inputs["name"]])["services"]
    there = next((each for each in services if each["status"] == "ACTIVE"), None)
    if there is None:
        there = ecs.create_service(
            cluster=inputs["cluster"],
            serviceName=inputs["name"],
            desiredCount=inputs["desiredCount"],
            propagateTags=inputs["propagateTags"],
            **changeable,
        )["service"]
    elif not fits(there, changeable):
        ecs.update_service(cluster=inputs["cluster"], service=inputs["name"], **changeable)
    return Made(id=there["serviceArn"])


def repository(aws: Aws, name: str, inputs: Properties) -> Made:
    ecr, repository_name = aws.client("ecr"), inputs["name"]
    there = found(ecr.describe_repositories, "RepositoryNotFoundException", repositoryNames=[repository_name])
    if there is None:
        made = ecr.create_repository(
            repositoryName=repository_name,
            imageTagMutability=inputs["imageTagMutability"],
            imageScanningConfiguration=inputs["imageScanningConfiguration"],
            encryptionConfiguration=inputs["encryptionConfigurations"][0],
        )["repository"]
    else:
        made = there["repositories"][0]
        if made["imageTagMutability"] != inputs["imageTagMutability"]:
            ecr.put_image_tag_mutability(
                repositoryName=repository_name, imageTagMutability=inputs["imageTagMutability"]
            )
    return Made(id=repository_name, outputs={"arn": made["repositoryArn"], "repositoryUrl": made["repositoryUri"]})


def repository_lifecycle(aws: Aws, name: str, inputs: Properties) -> Made:
    ecr, which = aws.client("ecr"), {"repositoryName": inputs["repository"]}
    there = found(ecr.get_lifecycle_policy, "LifecyclePolicyNotFoundException", **which)
    if there is None or json.loads(there["lifecyclePolicyText"]) != json.loads(inputs["policy"]):
        ecr.put_lifecycle_policy(**which, lifecyclePolicyText=inputs["policy"])
    return Made(id=inputs["repository"])


def scalable_target(aws: Aws, name: str, inputs: Properties) -> Made:
    scaling = aws.client("application-autoscaling")
    which = capitalised(chosen(inputs, "serviceNamespace", "scalableDimension"))
    wanted = {"MinCapacity": inputs["minCapacity"], "MaxCapacity": inputs["maxCapacity"]}
    there = scaling.describe_scalable_targets(**which, ResourceIds=[inputs["resourceId"]])["ScalableTargets"]
    if not there or not fits(there[0], wanted):
        scaling.register_scalable_target(**which, ResourceId=inputs["resourceId"], **wanted)
    return Made(id=inputs["resourceId"])


def scheduled_action(aws: Aws, name: str, inputs: Properties) -> Made:
    scaling = aws.client("application-autoscaling")
    which = capitalised(chosen(inputs, "serviceNamespace", "scalableDimension", "resourceId"))
    wanted = capitalised(chosen(inputs, "schedule", "timezone", "scalableTargetAction"))
    there = scaling.describe_scheduled_actions(**which, ScheduledActionNames=[inputs["name"]])["ScheduledActions"]
    if not there or not fits(there[0], wanted):
        scaling.put_scheduled_action(**which, ScheduledActionName=inputs["name"], **wanted)
    return Made(id=inputs["name"])


def scaling_policy(aws: Aws, name: str, inputs: Properties) -> Made:
    scaling = aws.client("application-autoscaling")
    which = capitalised(chosen(inputs, "serviceNamespace", "scalableDimension", "resourceId"))
    wanted = {
        "PolicyType": inputs["policyType"],
        "TargetTrackingScalingPolicyConfiguration": capitalised(inputs["targetTrackingScalingPolicyConfiguration"]),
    }
    there = scaling.describe_scaling_policies(**which, PolicyNames=[inputs["name"]])["ScalingPolicies"]
    if not there or not fits(there[0], wanted):
        scaling.put_scaling_policy(**which, PolicyName=inputs["name"], **wanted)
    return Made(id=inputs["name"])


MAKERS: Final[dict[str, Maker]] = {
    "aws:ecs/cluster:Cluster": cluster,
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": capacity_providers,
    "aws:ecs/taskDefinition:TaskDefinition": task_definition,
    "aws:ecs/service:Service": service,
    "aws:ecr/repository:Repository": repository,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": repository_lifecycle,
    "aws:appautoscaling/target:Target": scalable_target,
    "aws:appautoscaling/scheduledAction:ScheduledAction": scheduled_action,
    "aws:appautoscaling/policy:Policy": scaling_policy,
}
