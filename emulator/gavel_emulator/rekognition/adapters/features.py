"""What of a picture's pixels an adapter learns from: which colours there are and which way edges run, on average over
the picture and at most in one of its 16 parts. So a thing is found wherever it is, if it looks like itself.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Features = NDArray[np.float32]

SIDE_PX = 64
PART_PX = 16
SHADES = 5
"""Of red, of green and of blue: 125 colours."""
DIRECTIONS = 8


def features(pixels: Image.Image) -> Features:
    """266 numbers, the same for the same pixels."""
    upright = ImageOps.exif_transpose(pixels).convert("RGB")
    rgb = np.asarray(upright.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR), dtype=np.float32) / 255
    shades = np.minimum((rgb * SHADES).astype(np.int64), SHADES - 1)
    color = (shades[..., 0] * SHADES + shades[..., 1]) * SHADES + shades[..., 2]
    down, right = np.gradient(rgb.mean(axis=2))
    turn = np.arctan2(down, right) % np.pi / np.pi
    direction = np.minimum((turn * DIRECTIONS).astype(np.int64), DIRECTIONS - 1)
    colors = _by_part(color, np.ones_like(turn), SHADES**3)
    edges = _by_part(direction, np.hypot(down, right), DIRECTIONS)
    told = np.concatenate([colors.mean(axis=0), colors.max(axis=0), edges.mean(axis=0), edges.max(axis=0)])
    # Roots, since much of a colour tells little more than some of it.
    rooted: Features = np.sqrt(told).astype(np.float32)
    return rooted


def _by_part(kinds: NDArray[np.int64], weights: NDArray[np.floating], count: int) -> NDArray[np.floating]:
    """For each part of the picture, the weight of each kind of pixel in it."""
    parts = [
        (slice(top, top + PART_PX), slice(left, left + PART_PX))
        for top in range(0, SIDE_PX, PART_PX)
        for left in range(0, SIDE_PX, PART_PX)
    ]
    sums = [np.bincount(kinds[part].ravel(), weights=weights[part].ravel(), minlength=count) for part in parts]
    return np.stack(sums) / PART_PX**2
