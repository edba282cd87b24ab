"""What the server tells on standard error."""

import logging


def begin_log(level: str) -> None:
    """Tell on standard error what is at least this important.

    Args:
        level: DEBUG, INFO, WARNING or ERROR.
    """
    handler = logging.StreamHandler()
    handler.setLevel(level)  # a library that opens its own logger wide is heard no more than the others
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", handlers=[handler])
