"""What LocalStack loads: one function per API, named in the entry points of pyproject.toml.

Every function imports what it makes, so LocalStack's first look at the plugin costs nothing and a provider that fails
to import breaks its own API only.
"""

from localstack.services.plugins import Service, aws_provider

PROVIDER = "gavel"
"""The provider's name in the entry points (`rekognition:gavel`)."""

APIS = (
    "application-autoscaling",
    "cognito-idp",
    "dynamodb",
    "ecr",
    "ecs",
    "kms",
    "rekognition",
    "sagemaker",
    "sagemaker-a2i-runtime",
)
"""The APIs for which LocalStack is told to take our provider; `plugin.py` tells it."""


@aws_provider(api="rekognition", name=PROVIDER)
def rekognition() -> Service:
    from gavel_emulator.rekognition.provider import RekognitionProvider

    return Service.for_provider(RekognitionProvider())


@aws_provider(api="sagemaker", name=PROVIDER)
def sagemaker() -> Service:
    from gavel_emulator.a2i.sagemaker import SageMakerProvider

    return Service.for_provider(SageMakerProvider())


@aws_provider(api="sagemaker-a2i-runtime", name=PROVIDER)
def sagemaker_a2i_runtime() -> Service:
    from gavel_emulator.a2i.runtime import A2iRuntimeProvider

    return Service.for_provider(A2iRuntimeProvider())


@aws_provider(api="ecs", name=PROVIDER)
def ecs() -> Service:
    from gavel_emulator.ecs.provider import EcsProvider

    return Service.for_provider(EcsProvider())


@aws_provider(api="ecr", name=PROVIDER)
def ecr() -> Service:
    return _played_by_moto("ecr")


@aws_provider(api="cognito-idp", name=PROVIDER)
def cognito_idp() -> Service:
    return _played_by_moto("cognito-idp")


@aws_provider(api="application-autoscaling", name=PROVIDER)
def application_autoscaling() -> Service:
    from gavel_emulator.autoscaling import AutoScalingProvider

    return Service.for_provider(AutoScalingProvider())


@aws_provider(api="dynamodb", name=PROVIDER)
def dynamodb() -> Service:
    from gavel_emulator.dynamodb.wiring import quicken

    quicken()
    return _played_by_moto("dynamodb")


@aws_provider(api="kms", name=PROVIDER)
def kms() -> Service:
    return _played_by_moto("kms")


def _played_by_moto(api: str) -> Service:
    from gavel_emulator.moto_played import moto_played

    return Service.for_provider(moto_played(api)())
