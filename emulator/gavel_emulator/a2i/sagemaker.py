"""Amazon SageMaker: what human review needs of it."""

from localstack.services.plugins import ServiceLifecycleHook


class SageMakerProvider(ServiceLifecycleHook):
    service = "sagemaker"
    version = "2017-07-24"
