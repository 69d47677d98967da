"""The pages of the main navigation, in its order, and whom each is for."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erqi.accounts.roles import Action, Area, may


@dataclass(frozen=True)
class Entry:
    name: str
    label: Promise
    area: Area | None = None
    # The views that stand below it.
    below: tuple[str, ...] = ()

    def offered_to(self, user) -> bool:
        return self.area is None or may(user, self.area, Action.VIEW)


ENTRIES = (
    Entry("dashboard:overview", _("总览")),
    Entry("dashboard:register", pgettext_lazy("复数", "项目"), Area.PROJECT, ("dashboard:project",)),
    Entry("dashboard:categories", pgettext_lazy("复数", "类别"), Area.PROJECT, ("dashboard:category",)),
    Entry("dashboard:units", pgettext_lazy("复数", "单位"), Area.PROJECT, ("dashboard:unit",)),
    Entry("dashboard:targets", pgettext_lazy("复数", "目标"), Area.PUBLISHED),
    Entry("dashboard:honours", pgettext_lazy("复数", "荣誉"), Area.AWARD),
    Entry("dashboard:map", _("地图"), Area.PROJECT),
    Entry("dashboard:screen", _("大屏"), Area.PROJECT),
)


def entries_for(user) -> list[Entry]:
    return [entry for entry in ENTRIES if entry.offered_to(user)]
