"""Figures as cells of the admin's lists."""

from decimal import Decimal

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from erqi.core import money
from erqi.core.templatetags import figures as tags
from projects.reports import Figures


def number(amount: Decimal | None):
    return format_html('<span class="number">{}</span>', money.wan(amount))


def rate(figures: Figures):
    if figures.rate is None:
        return "—"
    bar = render_to_string("components/bar.html", tags.bar(figures.rate, figures.scheduled_rate))
    return format_html('<span class="rate"><span class="number">{}</span>{}</span>', money.percent(figures.rate), bar)


def signed_by(who, when):
    """Who did it and when; “—” while nobody has."""
    if when is None:
        return "—"
    at = timezone.localtime(when).strftime("%Y-%m-%d %H:%M")
    return format_html('{} <span class="quiet">{}</span>', who or _("系统"), at)


WORDS = {
    "ahead": ("▲", _("超")),
    "behind": ("▼", _("欠")),
    "even": ("●", _("平")),
    "unknown": ("○", _("无计划")),
}


def ahead(figures: Figures):
    """In points, with a shape, a word and a sign: the colour says nothing alone."""
    found = tags.pill(figures.ahead)
    shape, word = WORDS[found["state"]]
    points = "" if figures.ahead is None else found["points"]
    return format_html(
        '<span class="pill pill-{}"><span class="pill-shape" aria-hidden="true">{}</span>{} {}</span>',
        found["state"],
        shape,
        word,
        points,
    )


def schedule(months):
    """Twelve amounts to date, side by side."""
    cells = ((_("%(month)s 月") % {"month": month.month}, money.wan(month.to_date)) for month in months)
    listed = format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", cells)
    return format_html('<dl class="months-read">{}</dl>', listed)
