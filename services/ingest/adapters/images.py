"""Reads images in worker threads, so that decoding never holds up the event loop."""

import asyncio
import warnings

from PIL import Image
from pillow_heif import register_heif_opener

from services.ingest.adapters.pixels import read_image
from services.ingest.domain.formats import ImageFormat
from services.ingest.handler.ports import ImageRead


class PillowImages:
    """Decodes at most `parallel` images at a time: each takes a core, and up to about 10 bytes of memory per pixel.

    Sets up Pillow for the whole process: the HEIF decoder, and its own guard against decompression bombs, which
    stands behind ours for what a file announces only later than in its header.
    """

    def __init__(self, *, max_pixels: int, parallel: int) -> None:
        self._max_pixels = max_pixels
        self._slots = asyncio.Semaphore(parallel)
        register_heif_opener()
        Image.MAX_IMAGE_PIXELS = max_pixels
        warnings.simplefilter("error", Image.DecompressionBombWarning)

    async def read(self, original: bytes, format_: ImageFormat) -> ImageRead:
        async with self._slots:
            return await asyncio.to_thread(read_image, original, format_, self._max_pixels)
