from collections.abc import Iterable

from django.utils.translation import gettext as _


def listed(words: Iterable[str]) -> str:
    """A list within a sentence, separated as the reader's language does."""
    return _("、").join(words)
