from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.functional import Promise


@dataclass(frozen=True)
class Page:
    """A page of ours beside the lists of models: where it stands, what the navigation calls it, and who is offered it.

    ``view`` asks for itself who may look; ``offered`` only keeps a link away from those it would refuse.
    """

    path: str
    name: str
    label: Promise
    view: Callable[..., HttpResponse]
    offered: Callable[[Any], bool]
    in_navigation: bool = True


# In the order of the navigation's first group; filled as the apps' admin modules are loaded.
PAGES: list[Page] = []


def register_page(page: Page) -> None:
    PAGES.append(page)
