"""A generated district, for trying the system out and for measuring it. Nothing in it is real, and every row says so.

The same seed, size and year give the same rows: nothing here asks what time it is.
"""

from .generate import Generated, clear, generate, refuse_unless_demo, remove

__all__ = ["Generated", "clear", "generate", "refuse_unless_demo", "remove"]
