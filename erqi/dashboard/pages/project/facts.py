"""What the register holds of a project, what it does not know, and the words behind it."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from erqi.core.admin.history import shown
from erqi.core.api.fields import mask
from erqi.core.words import listed
from erqi.dashboard.basis import Basis
from projects.models import Project, Unit

PEOPLE = ("sponsor", "service_officer", "contact_name")
UNITS = ("lead_unit", "host_unit", "owner")
WHEN = ("planned_start", "actual_start", "planned_finish", "actual_finish")
WHAT = ("total_investment", "funding", "location", "nature", "level", "in_statistics")
# Without these nobody knows where a project stands or whom to ask; what else is empty may simply not be.
WANTED = ("lead_unit", "contact_name", "stage", "planned_start", "planned_finish", "total_investment", "location")
# Fields that are data in Chinese, whatever the page's language.
WORDS = {*PEOPLE, "funding", "location"}


@dataclass(frozen=True)
class Value:
    """``chinese``: data, to be marked as such on an English page."""

    text: str
    href: str = ""
    chinese: bool = False


@dataclass(frozen=True)
class Fact:
    label: str
    values: list[Value] = field(default_factory=list)


@dataclass(frozen=True)
class Facts:
    """Only what is known: ``who`` answers, and ``what`` is built, where, when and for how much."""

    who: list[Fact]
    what: list[Fact]


def facts_of(project: Project, basis: Basis, *, phone_shown: bool) -> Facts:
    supporting = Unit.objects.without_tree_fields().filter(supported_projects=project)
    phone = project.contact_phone if phone_shown else mask(project.contact_phone)
    who = [
        _fact(project, "lead_unit", basis),
        _fact(project, "host_unit", basis),
        Fact(label_of("supporting_units"), [unit_value(unit, basis) for unit in supporting]),
        _fact(project, "owner", basis),
        *(_fact(project, name, basis) for name in PEOPLE),
        Fact(label_of("contact_phone"), [Value(phone)] if phone else []),
    ]
    codes = [Value(row.code) for row in project.approval_codes.all()]
    what = [
        *(_fact(project, name, basis) for name in (*WHEN, *WHAT)),
        Fact(label_of("approval_codes"), codes),
        *_package(project, basis),
    ]
    return Facts(*([fact for fact in group if fact.values] for group in (who, what)))


def label_of(name: str) -> str:
    column: Any = Project._meta.get_field(name)
    found = column if hasattr(column, "verbose_name") else column.related_model._meta
    return str(found.verbose_name)


def _fact(project: Project, name: str, basis: Basis) -> Fact:
    value = getattr(project, name)
    if isinstance(value, Unit):
        return Fact(label_of(name), [unit_value(value, basis)])
    if value in (None, ""):
        return Fact(label_of(name))
    column: Any = Project._meta.get_field(name)
    return Fact(label_of(name), [Value(shown(column, value), chinese=name in WORDS)])


def unit_value(unit: Unit, basis: Basis) -> Value:
    return Value(unit.name, basis.to(reverse("dashboard:unit", args=[unit.code])), chinese=True)


def _package(project: Project, basis: Basis) -> list[Fact]:
    """What it is part of, and its parts; those of other units are only counted."""
    seen = Project.objects.visible_to(basis.user).filter(Q(pk=project.parent_id) | Q(parent=project))
    whole = [_linked(row, basis) for row in seen if row.pk == project.parent_id]
    parts = [_linked(row, basis) for row in seen if row.pk != project.parent_id]
    if project.parent_id and not whole:
        whole = [Value(_("其他单位的项目"))]
    if project.package_count:
        parts.append(Value(_("共 %(n)s 个子项") % {"n": project.package_count}))
    return [Fact(label_of("parent"), whole), Fact(_("打捆子项"), parts)]


def _linked(project: Project, basis: Basis) -> Value:
    return Value(project.name, basis.to(reverse("dashboard:project", args=[project.code])), chinese=True)


def unknown_facts(project: Project) -> str:
    """The names of what should be known and is not, as a list in a sentence."""
    return listed(label_of(name) for name in WANTED if getattr(project, name) in (None, ""))


@dataclass(frozen=True)
class Quote:
    """Words of the source and the facts that they carry; ``note`` says what was inferred."""

    facts: str
    words: str
    note: str


def quotes_of(project: Project) -> list[Quote]:
    return [Quote(_names(quote["fields"]), quote["words"], quote.get("note", "")) for quote in project.quotes]


def _names(fields: list[str]) -> str:
    known = {column.name for column in Project._meta.get_fields()}
    return listed(label_of(name) if name in known else name for name in fields)
