"""The plugin's hooks into LocalStack's start, named in the entry points of pyproject.toml."""

from localstack import config
from localstack.runtime import hooks

from gavel_emulator.providers import APIS, PROVIDER

OWN = ("rekognition", "sagemaker", "sagemaker-a2i-runtime", "ecs")
"""Loaded at the start: their control routes must answer before the first AWS request."""


# After LocalStack's own hooks have patched botocore and moto (they have priority 0 and more).
@hooks.on_infra_start(priority=-10)
def start_gavel() -> None:
    from localstack.services.plugins import SERVICE_PLUGINS

    config.SERVICE_PROVIDER_CONFIG.bulk_set_provider_if_not_exists(list(APIS), PROVIDER)
    for api in OWN:
        SERVICE_PLUGINS.require(api)
