from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from erqi.core.fields import NumberField
from erqi.core.models import Searchable, SearchableQuerySet, Sourced
from erqi.core.models.natural import natural_key_manager
from projects.models import Unit
from projects.models.choices import Level


class HonourQuerySet(SearchableQuerySet):
    def of_years(self, *years: int):
        """Honours awarded in ``years``; those without a date stand where the dated ones of their source are."""
        dated = self.filter(awarded_on__year__in=years)
        return self.filter(
            Q(awarded_on__year__in=years) | Q(awarded_on=None, source__in=dated.order_by().values("source"))
        )

    def involving(self, units):
        """Received by one of ``units`` (ids), or led or supported by one."""
        parts = HonourUnit.objects.filter(unit__in=units).order_by()
        return self.filter(Q(recipient__in=units) | Q(pk__in=parts.values("honour")))

    def with_contributors(self):
        return self.select_related("recipient", "same_event").prefetch_related(
            "awarding_bodies", "claims", "contributions__unit"
        )


class Honour(Searchable, Sourced):
    """Somebody above honours the district or one of its units. What the source does not state is null or blank."""

    class DatePrecision(models.TextChoices):
        DAY = "day", _("到日")
        MONTH = "month", _("到月")
        YEAR = "year", _("到年")

    class LevelBasis(models.TextChoices):
        PRINTED = "printed", _("原文写明")
        TITLE = "title", _("据名称")
        INFERRED = "inferred", _("推断")

    code = models.SlugField(_("编号"), max_length=60, unique=True)
    title = models.CharField(_("名称"), max_length=200)
    alias = models.CharField(_("简称"), max_length=100, blank=True)
    recipient = models.ForeignKey(Unit, models.PROTECT, related_name="honours", verbose_name=_("获奖单位"))
    same_event = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="siblings", verbose_name=_("同批荣誉")
    )
    level = models.CharField(_("级别"), max_length=20, choices=Level, blank=True, help_text=_("原文未写明时留空。"))
    level_basis = models.CharField(_("级别依据"), max_length=20, choices=LevelBasis, blank=True)
    awarding_bodies = models.ManyToManyField(
        Unit, blank=True, related_name="awarded_honours", verbose_name=_("授予单位")
    )
    awarding_note = models.CharField(_("授予单位说明"), max_length=300, blank=True)
    awarded_on = models.DateField(_("授予日期"), null=True, blank=True, help_text=_("只到月或年时填该月或该年第一天。"))
    date_precision = models.CharField(_("日期精度"), max_length=10, choices=DatePrecision, blank=True)
    other_supporters = models.CharField(
        _("其他配合单位（原文）"), max_length=200, blank=True, help_text=_("原文笼统提到、没有列名的单位。")
    )
    note = models.CharField(_("说明"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)

    objects = natural_key_manager("code", queryset=HonourQuerySet)
    history = HistoricalRecords(verbose_name=_("历史"), excluded_fields=["search_text"], m2m_fields=[awarding_bodies])

    class Meta:
        verbose_name = _("荣誉")
        verbose_name_plural = pgettext_lazy("复数", "荣誉")
        ordering = [models.F("awarded_on").desc(nulls_last=True), "order", "code"]
        constraints = [
            models.CheckConstraint(
                name="honour_date_and_precision",
                condition=Q(awarded_on=None, date_precision="") | (Q(awarded_on__isnull=False) & ~Q(date_precision="")),
                violation_error_message=_("填写授予日期时要选日期精度；没有日期时不选。"),
            )
        ]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.code,)

    def clean(self):
        """Honours of one event all point at the same one, which points at none."""
        first = self.same_event
        if first is None:
            return
        if first.pk == self.pk:
            raise ValidationError({"same_event": gettext("荣誉不能与自己同批，请留空或另选一项。")})
        if first.same_event:
            values = {"honour": first, "first": first.same_event}
            raise ValidationError({"same_event": gettext("“%(honour)s”已与“%(first)s”同批，请直接选后者。") % values})
        if self.pk and self.siblings.exists():
            wrong = gettext("已有荣誉与本项同批，请让它们改选“%(honour)s”后再选。")
            raise ValidationError({"same_event": wrong % {"honour": first}})

    def searchable_names(self):
        return [self.title, self.alias, self.code]

    @property
    def level_inferred(self) -> bool:
        """Not the source's word but ours; blank levels are not inferred, whatever their basis says."""
        return bool(self.level) and self.level_basis == self.LevelBasis.INFERRED

    @property
    def date_display(self) -> str:
        """The date only as finely as it is known: 2016-11, 2016; blank when unknown."""
        shapes = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
        return self.awarded_on.strftime(shapes[self.date_precision]) if self.awarded_on else ""


class HonourClaim(Sourced):
    """What makes the honour stand out: first in the city, only one in the country, five years running."""

    class Kind(models.TextChoices):
        RANK = "rank", _("名次")
        ONLY = "only", _("唯一")
        FIRST = "first", _("率先")
        STREAK = "streak", _("连续")

    honour = models.ForeignKey(Honour, models.CASCADE, related_name="claims", verbose_name=_("荣誉"))
    kind = models.CharField(_("类型"), max_length=20, choices=Kind)
    scope = models.CharField(_("范围"), max_length=100, blank=True)
    value = NumberField(_("数值"), max_digits=8, decimal_places=2, null=True, blank=True)
    unit_of_measure = models.CharField(_("计量单位"), max_length=10, blank=True)
    words = models.CharField(_("表述"), max_length=100)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)

    objects = natural_key_manager("honour__code", "order")
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("荣誉亮点")
        verbose_name_plural = pgettext_lazy("复数", "荣誉亮点")
        ordering = ["honour", "order"]
        constraints = [models.UniqueConstraint(fields=["honour", "order"], name="honour_claim_once")]

    def __str__(self):
        return self.words

    def natural_key(self):
        return (*self.honour.natural_key(), self.order)


class HonourUnit(Sourced):
    """A unit's part in an honour."""

    class Part(models.TextChoices):
        LEAD = "lead", _("牵头")
        SUPPORTING = "supporting", _("配合")

    honour = models.ForeignKey(Honour, models.CASCADE, related_name="contributions", verbose_name=_("荣誉"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="honour_parts", verbose_name=_("单位"))
    part = models.CharField(_("作用"), max_length=20, choices=Part)

    objects = natural_key_manager("honour__code", "unit__code")
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("荣誉贡献单位")
        verbose_name_plural = pgettext_lazy("复数", "荣誉贡献单位")
        ordering = ["honour", "part", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["honour", "unit"],
                name="honour_unit_once",
                violation_error_message=_("同一单位在一项荣誉中只登记一次。"),
            )
        ]

    def __str__(self):
        return f"{self.unit} · {self.get_part_display()}"

    def natural_key(self):
        return (*self.honour.natural_key(), *self.unit.natural_key())
