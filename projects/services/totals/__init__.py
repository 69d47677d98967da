"""Keeping the totals, and each project's own ``ProjectMonth``, equal to the rows they are made of.

Whoever changes what counts holds the project's row, asks for its contribution before and after, and adds the
difference. The end of the audit chain is the one lock that all writers take one at a time and keep until they commit:
totals are written after ``audit.record`` or ``audit.hold``, never before, so that no two writers can wait for each
other's.
"""

from .changes import Accepting, accept, before_accepting, first_of, light, move
from .months import settle
from .recount import Difference, differences, rebuild, rewrite
from .sums import Cells, contribution_of

__all__ = [
    "Accepting",
    "Cells",
    "Difference",
    "accept",
    "before_accepting",
    "contribution_of",
    "differences",
    "first_of",
    "light",
    "move",
    "rebuild",
    "rewrite",
    "settle",
]
