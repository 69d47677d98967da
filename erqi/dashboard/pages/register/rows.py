"""One reader's register, as an address asks for it."""

from functools import cached_property
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _

from erqi.core import keyset
from erqi.core.words import listed
from erqi.dashboard.basis import Basis
from projects.filtersets import ProjectFilterSet
from projects.filtersets.projects import Standing
from projects.models import Programme, Project, Unit

from . import asked, columns, orders


class Register:
    """``errors`` are (where, what is wrong); with any, no rows are looked for."""

    def __init__(self, basis: Basis, parameters: dict[str, str]):
        self.basis, self.parameters = basis, parameters
        self.errors: list[tuple[str, str]] = []
        self._units: dict[str, list[Unit]] = {}
        self.filterset = self._filters()
        self.columns = self._columns()
        self.sort = self._chosen("sort", orders.DEFAULT, orders.NAMES, _("排序"))
        self.size = int(self._chosen("size", str(asked.DEFAULT_SIZE), tuple(map(str, asked.SIZES)), _("每页条数")))

    def to(self, **changes: str) -> str:
        """The register's address with some parameters changed (None or "" leaves one out), from its first page."""
        return f"{reverse('dashboard:register')}?{self.query(**changes)}"

    def query(self, **changes: str) -> str:
        when = {name: str(value) for name, value in self.basis.query.items()}
        return asked.address({**self.parameters, **when, "cursor": "", **changes})

    def export_address(self, kind: str) -> str:
        return f"{reverse('dashboard:register_export', args=[kind])}?{self.query(size='')}"

    # — rows —

    @cached_property
    def filtered(self):
        return self.filterset.qs

    @property
    def sorted(self):
        """All rows found, with their figures, in order."""
        return self._measured.order_by(*(key.ordering() for key in self._order.keys))

    def page(self) -> keyset.Page:
        try:
            return self._order.page(self._measured, limit=self.size, cursor=self.parameters.get("cursor"))
        except ValidationError as refused:
            self.errors += [(_("页码"), message) for message in refused.messages]
            return keyset.Page([], None, None)

    @property
    def _order(self) -> keyset.Order:
        return orders.order(self.sort)

    @property
    def _measured(self):
        basis = self.basis
        rows = self.filtered.with_progress(basis.year, basis.month, basis.baseline, basis.as_of)
        return orders.with_position(rows.with_names().select_related("owner"), self.sort)

    # — what can be asked for —

    @cached_property
    def programmes(self) -> list[Programme]:
        return list(Programme.objects.all())

    def units(self, path: str) -> list[Unit]:
        """Those that the reader's projects name as ``path``: a list of choices may not tell of the others."""
        if path not in self._units:
            self._units[path] = self._named(path)
        return self._units[path]

    def _named(self, path: str) -> list[Unit]:
        used = Project.objects.visible_to(self.basis.user).order_by().values(path)
        return list(Unit.objects.without_tree_fields().filter(pk__in=used))

    # — what was asked for —

    def _filters(self) -> ProjectFilterSet:
        basis = self.basis
        given = {name: self.parameters[name] for name in asked.FILTERS if name in self.parameters}
        request: Any = SimpleNamespace(user=basis.user)
        standing = Standing(basis.year, basis.month, basis.baseline, basis.as_of)
        filterset = ProjectFilterSet(given, basis.projects, request=request, standing=standing)
        for name, messages in filterset.errors.items():
            self.errors += [(str(filterset.form.fields[name].label), message) for message in messages]
        return filterset

    def _columns(self) -> list[columns.Column]:
        names = self.parameters.get("columns", "").split(",") if "columns" in self.parameters else []
        wrong = [name for name in names if name not in columns.BY_NAME]
        self.errors += [(_("列"), _("没有“%(name)s”这一列。") % {"name": name}) for name in wrong]
        return columns.chosen(names)

    def _chosen(self, name: str, default: str, allowed: tuple[str, ...], label: str) -> str:
        given = self.parameters.get(name, default)
        if given in allowed:
            return given
        wrong = _("没有“%(value)s”这个选项。可用：%(names)s。") % {"value": given, "names": listed(allowed)}
        self.errors.append((label, wrong))
        return default
