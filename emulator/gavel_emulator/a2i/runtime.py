"""Amazon Augmented AI runtime: human loops."""

from localstack.services.plugins import ServiceLifecycleHook


class A2iRuntimeProvider(ServiceLifecycleHook):
    service = "sagemaker-a2i-runtime"
    version = "2019-11-07"
