"""When months are filed, and how strictly: periods, extensions and the checks on filing."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from erqi.accounts.roles import Role
from erqi.core.models import AuditEvent
from projects.models import FilingCheck, PeriodExtension, ProgressReport, ReportingPeriod
from projects.services.checks import CHECKS
from projects.services.periods import create_periods
from tests import factories
from tests.core.admin.pages import address, boxes, opened, refusals, send

CHECKS_PAGE = "/admin/projects/filingcheck/"
YEAR_PAGE = "/admin/projects/reportingperiod/year/"


@pytest.fixture
def reviewer(signed_in, district):
    return signed_in(district.reviewer)


@pytest.fixture
def march(district):
    create_periods(year=2017, by=None)
    return ReportingPeriod.objects.get(year=2017, month=3)


@pytest.fixture
def filed(district, march):
    """March of the street's project, filed three days after the deadline."""
    factories.plan(district.street_project, 2017, "1200")
    report = factories.report(district.street_project, 2017, 3, "100") if march.locks is None else None
    report = report or _file(district.street_project)
    ProgressReport.objects.filter(pk=report.pk).update(filed_at="2017-03-28T02:00:00Z", on_time=False)
    return report


def _file(project):
    ReportingPeriod.objects.update(locks=None)
    return factories.report(project, 2017, 3, "100")


def on_time(report):
    return ProgressReport.objects.get(pk=report.pk).on_time


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))


@pytest.mark.parametrize(("who", "sees", "changes"), [("reviewer", 200, True), ("reporter", 200, False)])
def test_the_bureau_keeps_the_periods_and_everybody_may_look(signed_in, district, march, who, sees, changes):
    client = signed_in(getattr(district, who))
    page = client.get(address(march, "change"))
    assert page.status_code == sees
    assert ("due" in boxes(page)) == changes
    assert client.get(YEAR_PAGE).status_code == (200 if changes else 403)
    assert client.post(address(march, "change"), {}).status_code == (200 if changes else 403)


def test_a_streets_reviewer_changes_no_period(signed_in, district, march):
    client = signed_in(factories.user_with(Role.REVIEWER, over=district.street))
    assert client.post(address(march, "change"), {}).status_code == 403
    assert client.post(YEAR_PAGE, {"_create": "1"}).status_code == 403


def test_a_deadline_that_moves_says_again_who_was_on_time(reviewer, march, filed):
    assert send(reviewer, address(march, "change"), due="2017-03-29").status_code == 302
    assert on_time(filed) is True
    assert actions()[-1] == "period.change"


def test_days_out_of_order_come_back_with_a_message(reviewer, march):
    answer = send(reviewer, address(march, "change"), due="2017-03-01")
    assert refusals(answer) == ["日期应依次为：开放填报、报送截止、锁定。"]


def test_an_extension_is_granted_by_whoever_saves_it(reviewer, district, march, filed):
    given = {"extensions__TOTAL_FORMS": "1", "extensions__0__unit": str(district.street.pk)}
    row = {"extensions__0__due": "2017-03-30", "extensions__0__reason": "机构搬迁"}
    assert send(reviewer, address(march, "change"), **given, **row).status_code == 302
    extension = PeriodExtension.objects.get()
    assert (extension.due, extension.granted_by) == (date(2017, 3, 30), district.reviewer)
    assert on_time(filed) is True
    assert "period.extend" in actions()


def test_an_extension_is_taken_back(reviewer, district, march, filed):
    test_an_extension_is_granted_by_whoever_saves_it(reviewer, district, march, filed)
    assert send(reviewer, address(march, "change"), extensions__0__DELETE="on").status_code == 302
    assert not PeriodExtension.objects.exists()
    assert on_time(filed) is False
    assert "period.unextend" in actions()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"due": "2017-03-20", "reason": "搬迁"}, "延期应晚于原截止日"),
        ({"due": "2017-03-30", "reason": ""}, "必填"),
        ({"due": "2017-02-30", "reason": "搬迁"}, "有效"),
    ],
)
def test_an_extension_that_cannot_be_is_refused_with_its_row(reviewer, district, march, row, message):
    given = {f"extensions__0__{name}": value for name, value in row.items()}
    given |= {"extensions__TOTAL_FORMS": "1", "extensions__0__unit": str(district.street.pk)}
    answer = send(reviewer, address(march, "change"), **given)
    assert message in " ".join(refusals(answer)) + answer.content.decode()
    assert not PeriodExtension.objects.exists()


def test_two_extensions_of_one_unit_are_refused(reviewer, district, march):
    given = {"extensions__TOTAL_FORMS": "2"}
    for number in (0, 1):
        given |= {
            f"extensions__{number}__unit": str(district.street.pk),
            f"extensions__{number}__due": "2017-03-30",
            f"extensions__{number}__reason": "搬迁",
        }
    assert send(reviewer, address(march, "change"), **given).status_code == 200
    assert not PeriodExtension.objects.exists()


# — the list —


def test_the_list_says_how_far_each_period_has_come(reviewer, district, march, filed):
    factories.plan(district.town_project, 2017, "600")
    page = reviewer.get("/admin/projects/reportingperiod/?year=2017")
    progress = {period.month: period.progress for period in page.context["cl"].result_list}
    assert (progress[3].due, progress[3].filed, progress[3].on_time, progress[3].accepted) == (2, 1, 0, 1)
    assert (progress[4].due, progress[4].filed) == (2, 0)


@pytest.mark.parametrize("column", range(1, 7))
def test_the_list_can_be_sorted(reviewer, march, column):
    assert reviewer.get(f"/admin/projects/reportingperiod/?o={column}").status_code == 200


def test_the_list_costs_the_same_with_many_periods(reviewer, district):
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert reviewer.get("/admin/projects/reportingperiod/").status_code == 200
        return len(captured)

    create_periods(year=2017, by=None)
    factories.plan(district.street_project, 2017, "1200")
    few = statements()
    for year in range(2018, 2021):
        create_periods(year=year, by=None)
        factories.plan(district.street_project, year, "1200")
    assert statements() == few


# — a year at once —


def test_a_years_periods_are_shown_before_they_are_made(reviewer, district, settings):
    settings.PERIOD_DUE_DAY = 22
    form = opened(reviewer, YEAR_PAGE)
    assert form["due_day"] == "22"
    page = reviewer.post(YEAR_PAGE, form | {"year": "2018", "due_day": "31", "_preview": "1"})
    assert [line["due"] for line in page.context["months"]][:2] == [date(2018, 1, 31), date(2018, 2, 28)]
    assert not ReportingPeriod.objects.exists()


def test_a_years_periods_are_made_and_those_there_stay(reviewer, march):
    ReportingPeriod.objects.exclude(month=3).delete()
    ReportingPeriod.objects.update(due="2017-03-29")
    form = opened(reviewer, YEAR_PAGE) | {"year": "2017", "due_day": "２０", "endorsed": "on", "_create": "1"}
    assert reviewer.post(YEAR_PAGE, form).status_code == 302
    assert ReportingPeriod.objects.count() == 12
    assert ReportingPeriod.objects.get(month=3).due == date(2017, 3, 29)
    april = ReportingPeriod.objects.get(month=4)
    assert (april.due, april.endorsed) == (date(2017, 4, 20), True)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"year": "1999"}, "2000–2100"),
        ({"opens_day": "26", "due_day": "20"}, "截止日不能早于开放日"),
        ({"due_day": "40"}, "31"),
        ({"lock_days": "x"}, "x"),
    ],
)
def test_a_year_that_cannot_be_made_names_the_box(reviewer, district, given, message):
    page = reviewer.post(YEAR_PAGE, opened(reviewer, YEAR_PAGE) | given | {"_create": "1"})
    assert page.status_code == 200
    assert message in str(page.context["form"].errors)
    assert not ReportingPeriod.objects.exists()


# — checks on filing —


def test_all_checks_are_shown_as_they_come_before_any_row_is_made(reviewer):
    page = reviewer.get(CHECKS_PAGE)
    assert [line.code for line in page.context["lines"]] == list(CHECKS)
    assert boxes(page)["jump-threshold"] == "5"
    assert not FilingCheck.objects.exists()


def test_changing_one_makes_its_row_only(reviewer):
    form = boxes(reviewer.get(CHECKS_PAGE)) | {"_save": "1"}
    given = {"jump-threshold": "３.5", "copied_text-severity": "off"}
    assert reviewer.post(CHECKS_PAGE, form | given).status_code == 302
    rows = {row.code: (row.severity, row.threshold) for row in FilingCheck.objects.all()}
    assert rows == {"jump": ("explain", 3.5), "copied_text": ("off", None)}
    assert actions() == ["filingcheck.add", "filingcheck.add"]
    reviewer.post(CHECKS_PAGE, {"_restore": "1"})
    rows = {row.code: (row.severity, row.threshold) for row in FilingCheck.objects.all()}
    assert rows == {"jump": ("explain", None), "copied_text": ("explain", None)}


@pytest.mark.parametrize("given", [{"jump-threshold": "0"}, {"jump-threshold": "多"}, {"jump-severity": "maybe"}])
def test_checks_that_cannot_be_are_refused_whole(reviewer, given):
    form = boxes(reviewer.get(CHECKS_PAGE)) | {"_save": "1", "negative-severity": "block"}
    page = reviewer.post(CHECKS_PAGE, form | given)
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert not FilingCheck.objects.exists()


def test_others_read_the_checks_without_boxes(signed_in, district):
    client = signed_in(district.reporter)
    page = client.get(CHECKS_PAGE)
    assert "jump-threshold" not in boxes(page)
    assert "不得报送" in page.content.decode()
    assert client.post(CHECKS_PAGE, {"_restore": "1"}).status_code == 403
    assert signed_in(factories.user_with(Role.SYSTEM, over=district.area)).get(CHECKS_PAGE).status_code == 403


def test_a_check_has_its_history(reviewer):
    reviewer.post(CHECKS_PAGE, boxes(reviewer.get(CHECKS_PAGE)) | {"_save": "1", "negative-severity": "block"})
    row = FilingCheck.objects.get()
    assert reverse("admin:projects_filingcheck_history", args=[row.pk]) in reviewer.get(CHECKS_PAGE).content.decode()
    assert reviewer.get(address(row, "history")).status_code == 200
