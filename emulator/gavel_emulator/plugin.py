"""The plugin's hooks into LocalStack's start and end, named in the entry points of pyproject.toml."""

from typing import Any

from localstack import config
from localstack.runtime import hooks

from gavel_emulator.providers import APIS, PROVIDER

LOADED_AT_START = ("rekognition", "sagemaker", "sagemaker-a2i-runtime")
"""Their control routes must answer before the first AWS request. ECS is loaded by the first request for it or for its
tasks: moto's part of it takes longer to load than all the others together."""


# After LocalStack's own hooks have patched botocore and moto; those have priority 0 and more.
@hooks.on_infra_start(priority=-10)
def start_gavel() -> None:
    from localstack.aws.handlers import run_custom_response_handlers
    from localstack.services.plugins import SERVICE_PLUGINS

    from gavel_emulator import cognito, oauth, s3_events
    from gavel_emulator.control import route
    from gavel_emulator.ecs import control as ecs_control
    from gavel_emulator.faults.chain import install as install_faults
    from gavel_emulator.loading import attach_before_use
    from gavel_emulator.otlp import control as otlp_control
    from gavel_emulator.otlp.store import Store
    from gavel_emulator.request_counts import RequestCounts

    config.SERVICE_PROVIDER_CONFIG.bulk_set_provider_if_not_exists(list(APIS), PROVIDER)
    attach_before_use()
    route("GET", "/_gavel/health", _health)
    run_custom_response_handlers.append(RequestCounts())
    cognito.serve_keys()
    oauth.serve_tokens()
    s3_events.write_keys_as_aws()
    install_faults()
    otlp_control.serve(Store())
    ecs_control.serve(lambda: SERVICE_PLUGINS.require("ecs")._provider.supervisor)
    for api in LOADED_AT_START:
        SERVICE_PLUGINS.require(api)


def _health(request: object) -> dict[str, Any]:
    """`{"status": "ready", "services": {api: "running" | "available" | …}}`, from the moment that everything answers.

    A service that is `available` is loaded by its first request.
    """
    from localstack.services.plugins import SERVICE_PLUGINS

    states = {api: SERVICE_PLUGINS.get_state(api) for api in APIS}
    return {
        "status": "ready",
        "services": {api: state.value if state else "available" for api, state in states.items()},
    }
