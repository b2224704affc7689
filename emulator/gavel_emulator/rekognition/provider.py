"""Amazon Rekognition."""

from localstack.services.plugins import ServiceLifecycleHook


class RekognitionProvider(ServiceLifecycleHook):
    service = "rekognition"
    version = "2016-06-27"
