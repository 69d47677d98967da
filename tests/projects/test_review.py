"""Deciding many months at once: each on its own, and words that would be refused are refused before the first."""

from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError

from erqi.core.models import AuditEvent
from projects.models import ProgressReport
from projects.services import review, workflow
from projects.services.progress import record_month
from projects.services.review import Result

YEAR = 2017


@pytest.fixture
def filed(district):
    """A month of two projects, as their reporters submitted it."""
    projects = (district.street_project, district.town_project)
    return [
        record_month(project=project, year=YEAR, month=3, invested=D(10), by=district.reporter).report
        for project in projects
    ]


@pytest.fixture
def return_all(filed, district):
    def call(**given):
        seen = {report.pk: review.stamp(report) for report in filed}
        return review.return_many(filed, seen=seen, by=district.reviewer, **{"reason": "请附照片", **given})

    return call


@pytest.mark.django_db
class TestReturnMany:
    @pytest.fixture(autouse=True)
    def reporter_of_both(self, district):
        district.reporter.is_superuser = True
        district.reporter.save()

    def test_one_reason_for_all_of_them(self, return_all):
        assert [outcome.result for outcome in return_all(fields=["note"])] == [Result.DONE] * 2
        rows = ProgressReport.objects.values_list("status", "return_reason", "return_fields")
        assert list(rows) == [("returned", "请附照片", ["note"])] * 2

    def test_a_row_decided_meanwhile_does_not_keep_back_the_others(self, return_all, filed):
        workflow.accept(filed[0], by=None)
        refused, done = return_all()
        assert (refused.result, done.result) == (Result.REFUSED, Result.DONE)
        assert "已认定" in refused.message

    @pytest.mark.parametrize(
        ("wrong", "box"),
        [
            ({"reason": " "}, "reason"),
            ({"reason": "字" * 501}, "reason"),
            ({"reason": "照\u0000片"}, "reason"),
            ({"fields": ["note", "weather"]}, "fields"),
        ],
    )
    def test_words_that_no_row_could_take_are_refused_by_their_box_whatever_the_rows(
        self, return_all, filed, wrong, box
    ):
        for report in filed:
            workflow.withdraw(report, by=None)
        events = AuditEvent.objects.count()
        with pytest.raises(ValidationError) as refused:
            return_all(**wrong)
        assert set(refused.value.message_dict) == {box}
        assert AuditEvent.objects.count() == events
