"""What the tests of totals ask again and again."""

from projects.services import totals


def exact() -> bool:
    """Whether totals and rows agree; says where they do not."""
    found = [str(difference) for difference in totals.differences()]
    assert not found, "\n".join(found)
    return True
