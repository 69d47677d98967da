from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from erqi.accounts.roles import Action, Area
from erqi.core import validators
from erqi.core.fields import AmountField
from erqi.core.models import Searchable, Sourced
from erqi.core.models.natural import natural_key_manager
from erqi.core.models.reference import kept
from erqi.core.trees import refuse_cycle

from .category import Category, Programme
from .cells import CellQuerySet, under
from .choices import Commitment, Level
from .measured import MeasuredQuerySet
from .unit import Unit


class ProjectQuerySet(CellQuerySet, MeasuredQuerySet):  # type: ignore[override] # as_manager()
    def reachable(self, user, action: Action):
        """Projects on which a membership of ``user`` allows ``action``.

        A membership reaches the projects led by its unit's subtree. A project whose lead unit is not yet known
        belongs to its area, so only a membership over the area itself reaches it.
        """
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if user.is_superuser:
            return self
        return self.within(Unit.objects.reached_by(user, Area.PROJECT, action))

    def within(self, units):
        """Projects led by one of ``units`` (ids); one that nobody leads yet belongs to its area."""
        if len(units) >= len(kept(Unit)) and kept(Unit).rows.keys() <= frozenset(units):
            # A condition that every row meets would still be looked at row by row.
            return self.all()
        return self.filter(under__among=units)

    def locked(self, pk: int):
        """The row, held until the transaction ends.

        FOR NO KEY UPDATE: foreign keys are checked at commit and would otherwise wait for this lock while holding
        the end of the audit chain, which its holder waits for in turn.
        """
        return self.select_for_update(no_key=True).get(pk=pk)

    def visible_to(self, user):
        return self.reachable(user, Action.VIEW)

    def about(self) -> Q:
        """Of rows that name a project: one of these. Where these are all there are, nothing has to be asked."""
        chosen = self.query.where or self.query.is_sliced
        return Q(project__in=self.order_by().values("pk")) if chosen else ~Q(pk__in=[])

    def all_visible_to(self, user) -> bool:
        """Whether a sum over what ``user`` sees is the sum of all there is."""
        seen = self.visible_to(user)
        return seen.query.where == self.query.where or seen.count() == self.count()

    def with_names(self):
        return self.select_related("category", "programme", "lead_unit", "host_unit", "area")

    def next_code(self) -> str:
        """P0001, P0002 …: one above the highest so far."""
        codes = self.filter(code__regex=r"^P[0-9]{4,8}$").values_list("code", flat=True)
        return f"P{max((int(code[1:]) for code in codes), default=0) + 1:04d}"


class Project(Searchable, Sourced):
    """One entry of the register; may stand for a package (打捆) of several works."""

    class Nature(models.TextChoices):
        NEW = "new", _("新建")
        EXTENSION = "extension", _("扩建")
        RECONSTRUCTION = "reconstruction", _("改建")
        RELOCATION = "relocation", _("迁建")
        RESTORATION = "restoration", _("恢复")
        PURCHASE = "purchase", _("单纯购置")

    class Stage(models.TextChoices):
        IDEA = "idea", _("谋划")
        RESERVE = "reserve", _("储备")
        PRELIMINARY = "preliminary", _("前期")
        STARTED = "started", _("开工")
        CONSTRUCTION = "construction", _("在建")
        COMPLETED = "completed", _("竣工")
        IN_USE = "in_use", _("投用")
        SUSPENDED = "suspended", _("停缓建")
        REMOVED = "removed", _("调出")

    # Owe no report, whatever is planned for them.
    NOT_REPORTING = (Stage.SUSPENDED, Stage.REMOVED)

    code = models.SlugField(
        _("项目编号"),
        max_length=30,
        unique=True,
        blank=True,
        help_text=_("留空则自动编号。"),
    )
    name = models.CharField(_("项目名称"), max_length=200)
    aliases = models.CharField(_("别名"), max_length=300, blank=True, help_text=_("多个别名用“、”分开。"))
    area = models.ForeignKey(Unit, models.PROTECT, related_name="area_projects", verbose_name=_("行政区"))
    # Its indexes begin with it below.
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="projects", db_index=False, verbose_name=_("类别")
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("专项")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("所属打捆项目")
    )
    package_count = models.PositiveIntegerField(_("打捆子项数"), null=True, blank=True)
    level = models.CharField(_("级别"), max_length=20, choices=Level, blank=True)
    nature = models.CharField(_("建设性质"), max_length=20, choices=Nature, blank=True)
    stage = models.CharField(_("阶段"), max_length=20, choices=Stage, blank=True, help_text=_("未掌握时留空。"))
    goal = models.CharField(_("公布的目标"), max_length=200, blank=True)
    commitment = models.CharField(_("承诺用语"), max_length=20, choices=Commitment, blank=True)

    lead_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="led_projects", verbose_name=_("责任单位")
    )
    host_unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="hosted_projects",
        verbose_name=_("属地单位"),
    )
    supporting_units = models.ManyToManyField(
        Unit, blank=True, related_name="supported_projects", verbose_name=_("配合单位")
    )
    owner = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="owned_projects", verbose_name=_("建设单位")
    )
    sponsor = models.CharField(_("分包领导"), max_length=50, blank=True)
    service_officer = models.CharField(_("首席服务员"), max_length=50, blank=True)
    contact_name = models.CharField(_("责任人"), max_length=50, blank=True)
    contact_phone = models.CharField(_("联系电话"), max_length=30, blank=True)

    planned_start = models.DateField(_("计划开工"), null=True, blank=True)
    actual_start = models.DateField(_("实际开工"), null=True, blank=True)
    planned_finish = models.DateField(_("计划竣工"), null=True, blank=True)
    actual_finish = models.DateField(_("实际竣工"), null=True, blank=True)

    content = models.TextField(_("建设内容及规模"), blank=True)
    funding = models.CharField(_("资金来源"), max_length=200, blank=True)
    location = models.CharField(_("建设地点"), max_length=200, blank=True)
    total_investment = AmountField(_("计划总投资"), null=True, blank=True, help_text=_("万元。"))
    in_statistics = models.BooleanField(_("已入统"), null=True, blank=True)
    published = models.BooleanField(_("对外公开"), default=False)
    note = models.TextField(_("备注"), blank=True)
    under = under()

    objects = natural_key_manager("code", queryset=ProjectQuerySet)
    history = HistoricalRecords(
        verbose_name=_("历史"), excluded_fields=["search_text", "under"], m2m_fields=[supporting_units]
    )

    class Meta:
        verbose_name = _("项目")
        verbose_name_plural = pgettext_lazy("复数", "项目")
        ordering = ["code"]
        indexes = [
            models.Index(fields=["category", "code"], name="project_category_idx"),
            # A district's, of one category or of all: its units one by one, instead of everybody's.
            models.Index(fields=["under", "category"], name="project_under_idx"),
            # What the register is sorted by, so that a page deep inside costs what the first one costs.
            models.Index(fields=["name", "code"], name="project_name_idx"),
            models.Index(fields=["-total_investment", "code"], name="project_total_idx"),
            models.Index(fields=["planned_finish", "code"], name="project_finish_idx"),
            models.Index(fields=["category", "-total_investment", "code"], name="project_category_total_idx"),
            # What was started, and finished, in a month.
            models.Index(fields=["actual_start"], name="project_started_idx"),
            models.Index(fields=["actual_finish"], name="project_finished_idx"),
        ]
        constraints = [
            models.CheckConstraint(
                name="project_total_not_negative",
                condition=Q(total_investment=None) | Q(total_investment__gte=0),
                violation_error_message=_("计划总投资不能为负数。"),
            ),
            models.CheckConstraint(
                name="project_planned_dates",
                condition=Q(planned_start=None) | Q(planned_finish=None) | Q(planned_finish__gte=F("planned_start")),
                violation_error_message=_("计划竣工不能早于计划开工。"),
            ),
            models.CheckConstraint(
                name="project_actual_dates",
                condition=Q(actual_start=None) | Q(actual_finish=None) | Q(actual_finish__gte=F("actual_start")),
                violation_error_message=_("实际竣工不能早于实际开工。"),
            ),
            models.CheckConstraint(
                name="project_not_own_parent",
                condition=~Q(parent=F("id")),
                violation_error_message=_("项目不能打捆在自己下面。"),
            ),
        ]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.code,)

    @classmethod
    def owes(cls, project: str = "", *, plans: models.QuerySet | None = None) -> Q:
        """Who owes a report for each month of a year: with a plan for it, and neither suspended nor removed.

        ``project`` is the field that leads from the rows asked to their project, "" where they are projects.
        ``plans`` are those of the year; left out where the rows asked are these plans.
        """
        stage = f"{project}__stage__in" if project else "stage__in"
        running = ~Q(**{stage: cls.NOT_REPORTING})
        return running if plans is None else running & Q(Exists(plans.filter(project=OuterRef(project or "pk"))))

    @classmethod
    def reach(cls, user, action: Action) -> Callable[["Project"], bool]:
        """``ProjectQuerySet.reachable``, to be asked of rows already read."""
        units = Unit.reach(user, Area.PROJECT, action)
        return lambda project: units(project.lead_unit_id or project.area_id)

    @classmethod
    def reports_in(cls, stage: str) -> bool:
        """The same of a stage already read: whether a plan makes a project owe its months."""
        return stage not in cls.NOT_REPORTING

    def clean(self):
        refuse_cycle(self)
        self._check_area_and_dates()
        if self.programme and self.programme.category_id != self.category_id:
            wrong = gettext("专项“%(programme)s”属于类别“%(category)s”，请改选类别或专项。")
            names = {"programme": self.programme, "category": self.programme.category}
            raise ValidationError({"programme": wrong % names})

    def _check_area_and_dates(self):
        if self.area_id and self.area.kind != Unit.Kind.AREA:
            raise ValidationError({"area": gettext("“%(name)s”不是行政区，请选择区或县。") % {"name": self.area}})
        for name in ("actual_start", "actual_finish"):
            happened = getattr(self, name)
            if happened and happened > timezone.localdate():
                raise ValidationError({name: gettext("实际日期不能晚于今天；尚未发生的请填在计划日期。")})

    def searchable_names(self):
        return [self.name, *self.aliases.split("、"), self.code]

    def save(self, *args, **kwargs):
        if self.code:
            super().save(*args, **kwargs)
        else:
            self._save_numbered(*args, **kwargs)

    def _save_numbered(self, *args, attempts: int = 50, **kwargs):
        self.code = Project.objects.next_code()
        try:
            with transaction.atomic():
                super().save(*args, **kwargs)
        except IntegrityError:
            # Added in the same moment: one of them gets the number, the others try for the next, each round one fewer.
            if attempts == 1 or not Project.objects.filter(code=self.code).exists():
                raise
            self._save_numbered(*args, attempts=attempts - 1, **kwargs)


class ApprovalCode(models.Model):
    """A code given to the project by an approving authority; one project can have several."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="approval_codes", verbose_name=_("项目"))
    code = models.CharField(_("项目代码"), max_length=24, unique=True, validators=[validators.approval_code])
    note = models.CharField(_("说明"), max_length=200, blank=True)

    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("审批代码")
        verbose_name_plural = pgettext_lazy("复数", "审批代码")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="approval_code_shape",
                condition=Q(code__regex=r"^[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{6}$"),
                violation_error_message=_("项目代码的格式应为 2017-410103-48-01-001234（4-6-2-2-6 位数字）。"),
            )
        ]

    def __str__(self):
        return self.code
