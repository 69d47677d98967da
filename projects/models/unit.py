from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords
from tree_queries.fields import TreeNodeForeignKey
from tree_queries.query import TreeQuerySet

from erqi.accounts.roles import Action, Area, roles_allowing
from erqi.core import validators
from erqi.core.context import once
from erqi.core.models import Searchable, SearchableQuerySet, Sourced
from erqi.core.models.natural import natural_key_manager
from erqi.core.trees import below, children_of, refuse_cycle


class UnitQuerySet(TreeQuerySet, SearchableQuerySet):
    def reached_by(self, user, area: Area, action: Action) -> set[int]:
        """Ids of the units where a membership of ``user`` allows ``action``: its unit and everything below."""
        roles = roles_allowing(area, action)
        active = user.memberships.filter(active=True)
        held = once(("memberships", user.pk), lambda: list(active.values_list("role", "unit_id")))
        roots = [unit for role, unit in held if role in roles]
        return below(once("children of units", self._children), roots) if roots else set()

    def subtree_ids(self, roots) -> set[int]:
        """Ids of ``roots`` (unit ids) and of everything below them, in one statement whatever the depth."""
        return below(self._children(), roots)

    def subtrees(self, roots) -> dict[int, set[int]]:
        """Root (unit id) → ids of it and of everything below it, in one statement whatever their number."""
        children = self._children()
        return {root: below(children, [root]) for root in roots}

    def parents(self) -> dict[int, int | None]:
        """Unit id → the id of the unit above it, of all units."""
        return dict(Unit.objects.without_tree_fields().order_by().values_list("pk", "parent_id"))

    def _children(self) -> dict[int | None, list[int]]:
        return children_of(self.parents().items())


class Unit(Searchable, Sourced):
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

    def natural_key(self):
        return (self.code,)

    def searchable_names(self):
        return [self.name, self.full_name, *self.aliases.split("、"), self.code]

    def clean(self):
        # An empty box in a form is "no code": two empty strings would collide where two nulls do not.
        self.uscc = self.uscc or None
        refuse_cycle(self)
