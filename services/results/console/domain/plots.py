"""Lines of a plot, as the points of an SVG that is 100 wide and 100 high."""

from shared.custom_moderation.evaluation import Curve


def points(curve: Curve) -> str:
    """Thresholds go from left to right, shares from 0 below to 1 above."""
    return " ".join(f"{at:g},{100 * (1 - share):.2f}" for at, share in zip(curve.thresholds, curve.shares, strict=True))
