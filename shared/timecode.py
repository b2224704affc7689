"""Places in a video, as people read and write them."""


def timecode(ms: int) -> str:
    """`h:mm:ss.mmm`"""
    seconds, thousandths = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}.{thousandths:03}"
