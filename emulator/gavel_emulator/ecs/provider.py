"""ECS."""

from gavel_emulator.moto_played import moto_played


class EcsProvider(moto_played("ecs")):
    pass
