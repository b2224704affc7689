"""Reads images in worker threads, so that decoding never holds up the event loop."""

import asyncio
import warnings

from PIL import Image
from pillow_heif import register_heif_opener

from services.ingest.adapters.decoding import read_image
from services.ingest.domain.formats import ImageFormat
from services.ingest.domain.images import most_pixels
from services.ingest.handler.ports import ImageRead


class PillowImages:
    """Decodes at most `parallel` images at a time; each takes a core, and at most `max_decode_bytes` of memory.

    Sets up Pillow for the whole process: the HEIF decoder, and Pillow's own guard against decompression bombs, which
    also heeds what a file announces only after its header.
    """

    def __init__(self, *, max_decode_bytes: int, parallel: int) -> None:
        self._max_decode_bytes = max_decode_bytes
        self._slots = asyncio.Semaphore(parallel)
        register_heif_opener()
        Image.MAX_IMAGE_PIXELS = most_pixels(max_decode_bytes)
        warnings.simplefilter("error", Image.DecompressionBombWarning)

    async def read(self, original: bytes, format_: ImageFormat) -> ImageRead:
        async with self._slots:
            return await asyncio.to_thread(read_image, original, format_, self._max_decode_bytes)
