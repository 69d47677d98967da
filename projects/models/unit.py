from collections.abc import Callable, Iterable, Set

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords
from tree_queries.fields import TreeNodeForeignKey
from tree_queries.query import TreeQuerySet

from erqi.accounts.roles import Action, Area, held_by, roles_allowing
from erqi.core import validators
from erqi.core.models import ReferenceQuerySet, ReferenceRow, Searchable, SearchableQuerySet, Sourced
from erqi.core.models.natural import natural_key_manager
from erqi.core.models.reference import kept
from erqi.core.trees import refuse_cycle


class UnitQuerySet(ReferenceQuerySet, TreeQuerySet, SearchableQuerySet):  # type: ignore[override] # as_manager()
    def reached_by(self, user, area: Area, action: Action) -> Set[int]:
        """Ids of the units where a membership of ``user`` allows ``action``: its unit and everything below."""
        roles = roles_allowing(area, action)
        roots = [unit for role, unit, _kind in held_by(user) if role in roles]
        return self.subtree_ids(roots)

    def subtree_ids(self, roots: Iterable[int]) -> Set[int]:
        """Ids of ``roots`` (unit ids) and of everything below them."""
        return kept(Unit).below(roots)

    def subtrees(self, roots: Iterable[int]) -> dict[int, Set[int]]:
        """Root (unit id) → ids of it and of everything below it."""
        units = kept(Unit)
        return {root: units.below([root]) for root in roots}

    def parents(self) -> dict[int, int | None]:
        """Unit id → the id of the unit above it, of all units."""
        return {unit.pk: unit.parent_id for unit in kept(Unit)}


class Unit(ReferenceRow, Searchable, Sourced):
    """A body that leads, helps, hosts, owns, receives or awards: bureaus, streets, enterprises … in one tree."""

    class Kind(models.TextChoices):
        AREA = "area", _("行政区")
        PARTY = "party", _("党委及部门")
        GOVERNMENT = "government", _("政府")
        BUREAU = "bureau", _("政府部门")
        OFFICE = "office", _("办公室")
        TASK_FORCE = "task_force", _("专责小组")
        JUDICIAL = "judicial", _("司法机关")
        PEOPLES_ORGANISATION = "peoples_org", _("群团组织")
        STATIONED = "stationed", _("驻区单位")
        STREET = "street", _("街道")
        TOWN = "town", _("镇")
        COMMITTEE = "committee", _("管委会")
        ENTERPRISE = "enterprise", _("企业")
        SOCIETY = "society", _("社会组织")
        ZONE = "zone", _("片区")

    code = models.SlugField(_("编号"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    full_name = models.CharField(_("全称"), max_length=200, blank=True)
    aliases = models.CharField(_("别名"), max_length=300, blank=True, help_text=_("多个别名用“、”分开。"))
    kind = models.CharField(_("类型"), max_length=20, choices=Kind)
    parent = TreeNodeForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级单位")
    )
    peer_group = models.CharField(_("考核分组"), max_length=50, blank=True)
    uscc = models.CharField(
        _("统一社会信用代码"), max_length=18, null=True, blank=True, unique=True, validators=[validators.uscc]
    )
    note = models.CharField(_("说明"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)
    active = models.BooleanField(_("启用"), default=True)

    objects = natural_key_manager("code", queryset=UnitQuerySet)
    history = HistoricalRecords(verbose_name=_("历史"), excluded_fields=["search_text"])

    class Meta:
        verbose_name = _("单位")
        verbose_name_plural = pgettext_lazy("复数", "单位")
        ordering = ["order", "code"]
        constraints = [
            # Two districts under one city each have their 城管局.
            models.UniqueConstraint(
                fields=["parent", "name"],
                name="unit_name_once",
                violation_error_code="unique",
                violation_error_message=_("该上级单位之下已有同名单位。"),
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(parent=None),
                name="unit_top_name_once",
                violation_error_code="unique",
                violation_error_message=_("已有同名单位。"),
            ),
            models.CheckConstraint(
                name="unit_uscc_18",
                condition=Q(uscc=None) | Q(uscc__regex=r"^[0-9A-HJ-NP-RTUWXY]{18}$"),
                violation_error_message=_("统一社会信用代码应为 18 位数字或大写字母（不含 I、O、S、V、Z）。"),
            ),
            models.CheckConstraint(
                name="unit_not_own_parent",
                condition=~Q(parent=models.F("id")),
                violation_error_message=_("单位不能是自己的上级。"),
            ),
        ]

    def __str__(self):
        return self.name

    @classmethod
    def reach(cls, user, area: Area, action: Action) -> Callable[[int], bool]:
        """Whether ``user`` may do this to what belongs to a unit (its id); everywhere for a superuser."""
        if not (user.is_authenticated and user.is_active):
            return lambda _unit: False
        if user.is_superuser:
            return lambda _unit: True
        return cls.objects.reached_by(user, area, action).__contains__

    def natural_key(self):
        return (self.code,)

    def searchable_names(self):
        return [self.name, self.full_name, *self.aliases.split("、"), self.code]

    def clean(self):
        # An empty box in a form is "no code": two empty strings would collide where two nulls do not.
        self.uscc = self.uscc or None
        refuse_cycle(self)
