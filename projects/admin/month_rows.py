"""A line of the month page, and the filters above it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.functional import cached_property

from erqi.core.templatetags import figures as tags
from projects.models import ProgressReport
from projects.reports.clerk import Entry
from projects.reports.figures import Figures
from projects.services import workflow

from .columns import WORDS
from .month_forms import FilingForm, RowForm

Status = ProgressReport.Status


@dataclass(frozen=True)
class Chip:
    """A filter above the list: how many rows it would leave, and its address."""

    state: str
    label: str
    count: int
    url: str
    chosen: bool


class Row:
    """A project's line: what is compared, the form in it, and what its reader may do."""

    def __init__(self, entry: Entry, *, form: RowForm | None, verbs: Sequence[str], signs: bool, closed: str):
        self.entry, self.form, self.verbs, self.closed = entry, form, verbs, closed
        self.report = entry.report
        self.files = isinstance(form, FilingForm)
        self.withdraws = workflow.WITHDRAW.verb in verbs
        self.endorses = workflow.ENDORSE.verb in verbs
        # The bureau returns in its own queue, beside what it compares with there.
        self.returns = signs and workflow.RETURN.verb in verbs

    @property
    def pk(self) -> int:
        return self.entry.project.pk

    @property
    def unit(self):
        return self.entry.project.lead_unit or self.entry.project.area

    @property
    def standing(self) -> dict[str, Any]:
        """Who brought it where it is, and when."""
        who, when = self.report.standing if self.report else (None, None)
        return {"who": who, "when": when}

    @property
    def returned_boxes(self) -> list[str]:
        return self.report.return_fields if self.report and self.report.status == Status.RETURNED else []

    @property
    def returned_labels(self) -> list[str]:
        labels = dict(ProgressReport.Field.choices)
        return [str(labels.get(name, name)) for name in self.returned_boxes]

    @property
    def invested(self):
        """As the box holds it, where that can be read; else as it is filed."""
        if self.files and self.form and self.form.is_bound:
            return getattr(self.form, "cleaned_data", {}).get("invested")
        return self.report.invested if self.report else None

    @property
    def scheduled(self) -> Decimal | None:
        """To read by: a year divided by twelve has more digits than anybody compares."""
        due = self.entry.scheduled
        return None if due is None else due.quantize(Decimal("0.01"), ROUND_HALF_UP)

    @cached_property
    def figures(self) -> Figures:
        return self.entry.figures(self.invested)

    @property
    def gauge(self) -> dict[str, str]:
        """The bar and the word beside it, as the script redraws them."""
        drawn, worded = tags.bar(self.figures.rate, self.figures.scheduled_rate), tags.pill(self.figures.ahead)
        state = worded["state"]
        return {
            "done": drawn["width"],
            "scheduled": drawn["marker"] or "0",
            "state": "even" if state == "unknown" else state,
            "shape": WORDS[state][0],
        }
