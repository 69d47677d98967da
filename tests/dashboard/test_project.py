"""One project's page: the API's own figures, what its reader may see of its rows, and how far it slipped."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from erqi.accounts.roles import Role
from erqi.core import money
from erqi.dashboard.basis import Basis
from erqi.dashboard.pages.project import project_values
from erqi.dashboard.pages.project.timeline import timeline
from projects import reports
from projects.models import ApprovalCode, LightRuleSet, Milestone, PlanChange, ProgressReport, Project
from projects.models.choices import Baseline
from projects.services import attachments, lights, milestones, plan_changes, workflow
from projects.services.projects import save_project
from tests import factories
from tests.dashboard.words import text_of
from tests.projects import followed
from tests.projects.files import PDF, picture, upload

# Session, roles, what the page is about, and one or two statements for each kind of row.
QUERY_BUDGET = 40


def address(project) -> str:
    return reverse("dashboard:project", args=[project.code])


@pytest.fixture
def road(district):
    # So that there is a year to look at.
    factories.plan(district.town_project, 2017, "1")
    return district.street_project


@pytest.fixture
def words(opened_by, road):
    """The road's page as somebody reads it."""

    def read(user, **query) -> str:
        return text_of(opened_by(user, address(road), **{"year": 2017, "month": 3, **query}))

    return read


def values(project, user, year=2017, month=3, **basis):
    return project_values(project, Basis(user=user, year=year, month=month, **basis))


class TestWhoSeesIt:
    def test_a_project_out_of_reach_or_unknown_is_not_there(self, district, opened_by):
        assert opened_by(district.reporter, address(district.town_project)).status_code == 404
        assert opened_by(district.leader, address(district.town_project)).status_code == 200
        for code in ("none", "s1", "S"):
            assert opened_by(district.leader, reverse("dashboard:project", args=[code])).status_code == 404

    def test_its_telephone_is_whole_only_for_who_may_change_it(self, district, road, words):
        assert "13812345678" in words(district.reporter)
        seen = words(district.leader)
        assert "138****5678" in seen
        assert "13812345678" not in seen

    def test_who_may_change_it_is_led_to_its_form(self, district, road, opened_by):
        form = reverse("admin:projects_project_change", args=[road.pk])
        assert f'href="{form}?year=2017#months-group"' in opened_by(district.reporter, address(road)).content.decode()
        assert form not in opened_by(district.leader, address(road)).content.decode()

    def test_drafts_and_returned_months_stay_with_who_works_on_them(self, district, road, words):
        factories.report(road, 2017, 1, "10")
        factories.report(road, 2017, 2, "20", note="二月草稿", draft=True)
        assert "二月草稿" in words(district.reporter)
        for user in (district.leader, district.reviewer):
            # The reviewer also reports for units without an account, and so sees drafts.
            assert ("二月草稿" in words(user)) == (user == district.reviewer)
        endorser = factories.user_with(Role.ENDORSER, over=district.street)
        assert "二月草稿" not in words(endorser)

    def test_other_units_parts_of_a_package_are_not_named(self, district, road, words):
        Project.objects.filter(pk=district.town_project.pk).update(parent=road)
        assert "镇学校" in words(district.leader)
        assert "镇学校" not in words(district.reporter)
        Project.objects.filter(pk=district.town_project.pk).update(parent=None)
        Project.objects.filter(pk=road.pk).update(parent=district.town_project)
        assert "镇学校" in words(district.leader)
        seen = words(district.reporter)
        assert "镇学校" not in seen
        assert "其他单位的项目" in seen

    def test_orders_to_other_units_are_not_shown(self, district, road, words):
        followed.order(district.town, project=road, title="协助征迁")
        followed.order(district.street, project=road, title="加快施工")
        assert "加快施工" in words(district.reporter)
        assert "协助征迁" not in words(district.reporter)
        assert "协助征迁" in words(district.leader)


class TestFigures:
    def test_they_are_the_apis_own(self, district, road, client):
        factories.plan(road, 2017, "12000")
        factories.plan(road, 2017, "9000", reason="资金未到位")
        for month in (1, 3):
            factories.report(road, 2017, month, "700")
        client.force_login(district.leader)
        api = client.get(f"/api/v1/projects/{road.code}/progress/", {"year": 2017}).json()
        found = values(road, district.leader)
        line = api["months"][2]
        assert found["now"].done == Decimal(line["to_date"]) == 1400
        assert found["now"].scheduled == Decimal(line["scheduled_to_date"])
        assert f"{found['now'].rate:.6f}" == line["rate"]
        assert f"{found['now'].ahead:.4f}" == line["ahead_points"]
        assert f"{found['first'].rate:.6f}" == line["original_rate"]
        assert f"{found['first'].ahead:.4f}" == line["original_ahead_points"]
        assert [money.wan(Decimal(x["invested"])) if x["invested"] else None for x in api["months"][:3]] == [
            money.wan(x.invested) if x.invested is not None else None for x in found["found"].months[:3]
        ]

    def test_they_equal_a_recount_of_the_rows_and_the_registers_line(self, district):
        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
        @given(
            plans=some.lists(some.integers(1, 10**6), max_size=3),
            months=some.dictionaries(some.integers(1, 12), some.integers(0, 10**5), max_size=12),
            month=some.integers(1, 12),
        )
        def recount(plans, months, month):
            project = factories.ProjectFactory(area=district.area, lead_unit=district.station)
            for number, amount in enumerate(plans):
                factories.plan(project, 2017, amount, reason="调整" if number else "")
            for number, amount in months.items():
                factories.report(project, 2017, number, amount)
            found = values(project, district.leader, month=month)
            done = sum(amount for number, amount in months.items() if number <= month)
            for figures, base in ((found["now"], Baseline.CURRENT), (found["first"], Baseline.ORIGINAL)):
                total = reports.overview(
                    year=2017, month=month, projects=Project.objects.filter(pk=project.pk), baseline=base
                ).total
                assert (figures.plan, figures.scheduled, figures.done, figures.unplanned) == (
                    total.plan,
                    total.scheduled,
                    total.done,
                    total.unplanned,
                )
                assert (figures.done if plans else figures.unplanned) == done
            if plans:
                assert (found["now"].plan, found["first"].plan) == (plans[-1], plans[0])
            assert found["reported"] == any(number <= month for number in months)

        recount()

    def test_a_lowered_plan_is_shown_beside_the_original(self, district, road, words):
        factories.plan(road, 2017, "12000")
        factories.report(road, 2017, 3, "1500")
        assert "对照原计划" not in words(district.leader)
        assert values(road, district.leader)["found"].original_to_date == {}
        factories.plan(road, 2017, "6000", reason="资金未到位")
        seen = words(district.leader)
        assert "与时序持平" in seen
        assert "对照原计划：完成率 12.5% ▼ 欠时序 −12.5 个百分点" in seen
        assert "原计划 12,000" in seen
        assert "第 2 版 现行 6,000 −6,000" in seen
        assert "资金未到位" in seen
        original = values(road, district.leader)["found"].original_to_date
        assert original == {month: Decimal(1000 * month) for month in range(1, 13)}

    def test_what_nobody_accepted_is_said_and_not_called_zero(self, district, road, words):
        factories.plan(road, 2017, "1200")
        assert "已完成 — 还没有认定的月份" in words(district.leader)
        factories.report(road, 2017, 1, "100")
        seen = words(district.leader)
        assert "已完成 100 万元 2、3 月未认定，未计入" in seen
        assert "3 月当月 — 尚未认定" in seen

    def test_without_a_plan_there_is_no_rate(self, district, road, words):
        factories.report(road, 2017, 1, "100")
        seen = words(district.leader)
        assert "年度计划 — 2017 年还没有计划" in seen
        assert "已完成 100 万元" in seen
        assert "完成率" not in seen.split("看表格")[0]

    def test_plans_and_months_are_those_known_at_the_time(self, district, road, words):
        factories.plan(road, 2017, "1200")
        factories.report(road, 2017, 1, "100")
        before = datetime(2017, 2, 10, tzinfo=UTC)
        road.plans.update(recorded_at=before - timedelta(days=30))
        road.reports.update(accepted_at=before - timedelta(days=1), recorded_at=before - timedelta(days=2))
        factories.plan(road, 2017, "2400", reason="追加")
        factories.report(road, 2017, 2, "55")
        factories.report(road, 2017, 1, "111", reason="漏报")
        then = values(road, district.leader, as_of=before)
        assert (then["now"].plan, then["now"].done) == (1200, 100)
        assert [(month.month, month.newest.report.invested) for month in then["months"]] == [(1, 100)]
        assert [(v.plan.planned_investment, v.in_force) for v in then["plans"].versions] == [(1200, True)]
        now = values(road, district.leader)
        assert (now["now"].plan, now["now"].done) == (2400, 166)
        assert "修改记录也是现在的" in words(district.leader, as_of="2017-02-10")


class TestLights:
    def test_each_says_why_since_when_and_what_would_turn_it(self, district, road, words):
        rules = LightRuleSet.objects.create(
            code="test",
            name="试行",
            status="in_force",
            investment_yellow=5,
            investment_red=10,
            start_yellow=1,
            milestone_yellow=1,
            reporting_yellow=1,
        )
        factories.plan(road, 2017, "1200")
        for month in (1, 2, 3):
            factories.report(road, 2017, month, "10")
        lights.compute(months=[(2017, month) for month in (1, 2, 3)], rules=rules)
        found = values(road, district.leader)["lamps"]
        assert [lamp.light.dimension for lamp in found] == [
            "overall",
            "start",
            "investment",
            "milestones",
            "reporting",
        ]
        seen = words(district.leader)
        investment = next(lamp for lamp in found if lamp.light.dimension == "investment")
        assert investment.light.colour == "red"
        assert investment.why in seen
        assert "累计完成 30 万元，时序 300 万元，欠 270 万元" in seen
        assert f"转绿：{investment.remedy}" in seen
        assert f"自 {investment.since} 起，连续 {investment.light.months_running} 个月" in seen
        assert values(road, district.leader, month=4)["lamps"] == []


class TestMilestones:
    def milestone(self, first: date, due=None, met=None, **attributes) -> Milestone:
        return Milestone(name="开工", kind="start", original_due=first, due=due or first, met_on=met, **attributes)

    def points(self, *rows, day=date(2017, 6, 30)):
        for number, row in enumerate(rows, 1):
            row.pk = number
            row._prefetched_objects_cache = {"moves": []}
        return timeline(list(rows), day)

    def test_a_slip_is_counted_in_days_from_the_date_first_promised(self):
        found = self.points(
            self.milestone(date(2017, 3, 1), date(2017, 4, 1)),
            self.milestone(date(2017, 3, 1), date(2017, 4, 1), met=date(2017, 3, 21)),
            self.milestone(date(2017, 3, 1), met=date(2017, 2, 27)),
            self.milestone(date(2017, 8, 1)),
            self.milestone(date(2017, 6, 30)),
        ).points
        assert [point.slip for point in found] == ["晚 31 天", "晚 20 天", "早 2 天", "未变", "未变"]
        assert [point.standing for point in found] == [
            "逾期 90 天",
            "2017-03-21 完成",
            "2017-02-27 完成",
            "还有 32 天",
            "当天到期",
        ]
        assert [point.state for point in found] == ["late", "met", "met", "open", "open"]

    @settings(deadline=None)
    @given(some.lists(some.dates(date(2010, 1, 1), date(2030, 1, 1)), min_size=1, max_size=8), some.data())
    def test_every_date_stands_on_the_axis_in_its_order(self, days, data):
        day = data.draw(some.dates(date(2010, 1, 1), date(2030, 1, 1)))
        found = self.points(*(self.milestone(first) for first in days), day=day)
        placed = [(first, Decimal(point.due)) for first, point in zip(days, found.points, strict=True)]
        placed += [(day, Decimal(found.now))] if found.now else []
        assert all(0 <= place <= 100 for _day, place in placed)
        assert [place for _day, place in sorted(placed)] == sorted(place for _day, place in placed)
        assert 1 <= len(found.axis.ticks) <= 9

    def test_a_day_far_from_all_of_them_does_not_squeeze_them(self):
        assert self.points(self.milestone(date(2017, 3, 1)), day=date(2026, 1, 1)).now == ""

    def test_the_picture_is_also_words_and_tells_who_moved_what_why(self, district, road, opened_by, words):
        row = followed.milestone(road, "主体完工", followed.day(30))
        milestones.move_milestone(row, to=followed.day(50), reason="征迁未完成", by=district.reporter)
        row.refresh_from_db()
        this_year = {"year": timezone.localdate().year, "month": 1}
        factories.plan(road, this_year["year"], "10")
        seen = words(district.leader, **this_year)
        first, due = row.original_due.isoformat(), row.due.isoformat()
        assert f"主体完工 原定 {first} 现定 {due} 较原定 晚 20 天 情况 还有 50 天" in seen
        assert f"{first} 改为 {due}：征迁未完成 {district.reporter}" in seen
        assert f"原定 {first}，现定 {due}，晚 20 天，还有 50 天" in seen
        body = opened_by(district.leader, address(road), **this_year).content.decode()
        assert body.count('class="line-slip" x1="') == 2  # one in the key

    def test_of_a_year_that_is_over_lateness_is_judged_at_the_months_end(self, district, road):
        assert values(road, district.leader, year=2017, month=2)["day"] == date(2017, 2, 28)
        today = timezone.localdate()
        assert values(road, district.leader, year=today.year, month=1)["day"] == today


class TestMonths:
    def test_a_correction_shows_what_it_changed(self, district, road, words):
        factories.report(road, 2017, 2, "100", note="完成基坑")
        factories.report(road, 2017, 2, "80", note="完成桩基", reason="多报")
        (month,) = values(road, district.leader)["months"]
        assert [filed.report.revision for filed in month.versions] == [2, 1]
        assert month.newest.corrects
        assert month.newest.change == -20
        pieces = [(piece.kind, piece.text) for piece in month.newest.pieces]
        assert "".join(text for kind, text in pieces if kind != "dropped") == "完成桩基"
        assert "".join(text for kind, text in pieces if kind != "added") == "完成基坑"
        seen = words(district.leader)
        assert "80 万元 较第 1 版 −20" in seen
        assert "已被更正" in seen
        assert "修改理由 多报" in seen

    def test_a_month_on_its_way_is_compared_with_the_last_accepted_one(self, district, road):
        factories.report(road, 2016, 12, "50", note="上年")
        factories.report(road, 2017, 1, "60", note="打桩")
        factories.report(road, 2017, 3, "90", note="打桩完成", draft=True)
        draft, january = values(road, district.reporter)["months"]
        assert (draft.month, draft.newest.change, draft.in_force) == (3, 30, None)
        assert [piece.kind for piece in draft.newest.pieces] == ["same", "added"]
        assert january.newest.change == 10
        assert january.newest.pieces == []

    def test_it_says_who_filed_returned_and_accepted_it_and_why(self, district, road, words):
        row = factories.report(road, 2017, 2, "70", by=district.reporter, draft=True)
        row = workflow.submit(row, by=district.reporter)
        workflow.return_report(row, by=district.reviewer, reason="请写明部位", fields=["note"])
        seen = words(district.reporter)
        assert "已退回" in seen
        assert "退回理由 请写明部位 形象进度说明" in seen
        assert f"退回 {district.reviewer}" in seen
        assert f"报送 {district.reporter}" in seen
        assert "请写明部位" not in words(district.leader)

    def test_while_it_is_corrected_the_accepted_amount_counts(self, district, road, words):
        factories.report(road, 2017, 2, "100")
        workflow.reopen(ProgressReport.objects.get(), by=district.reviewer, reason="请核对")
        assert "认定之前，仍以已认定的 100 万元计" in words(district.reporter)


class TestOtherRows:
    def test_requests_for_a_plan_that_were_not_granted_are_told(self, district, road, words):
        factories.plan(road, 2017, "1200")
        asked = plan_changes.request_plan(
            project=road, year=2017, planned_investment=Decimal(600), reason="资金未到位", by=district.reporter
        ).change
        assert "待审定 2017 年计划改为 600 万元 资金未到位" in words(district.leader)
        plan_changes.reject(asked, by=district.reviewer, reason="依据不足")
        seen = words(district.leader)
        assert "未同意 2017 年计划改为 600 万元" in seen
        assert "依据不足" in seen
        assert PlanChange.objects.count() == 1

    def test_problems_and_orders_say_their_deadline_in_words(self, district, road, words):
        year = timezone.localdate().year
        factories.plan(road, year, "10")
        followed.in_the_past(followed.problem(road), deadline=followed.day(-3))
        followed.order(district.street, project=road, due=followed.day(4))
        seen = words(district.leader, year=year)
        assert "新增 逾期 3 天 土地 还有三户未签约" in seen
        assert "已下发 还有 4 天" in seen

    def test_photos_stand_by_month_and_with_their_months_visibility(self, district, road, opened_by):
        accepted = factories.report(road, 2017, 2, "10", by=district.reporter, draft=True)
        attachments.attach(project=road, file=upload(picture()), report=accepted, by=None, caption="基坑")
        attachments.attach(project=road, file=upload(PDF, "批复.pdf"), by=None)
        found = values(road, district.reporter)["files"]
        assert [(album.month, [p.caption for p in album.photos]) for album in found.albums] == [((2017, 2), ["基坑"])]
        assert [row.name for row in found.documents] == ["批复.pdf"]
        assert values(road, district.leader)["files"].albums == []
        body = opened_by(district.reporter, address(road)).content.decode()
        picture_tag = re.search(r"<img [^>]*>", body).group()
        assert 'loading="lazy"' in picture_tag
        assert 'alt="基坑"' in picture_tag

    def test_changes_of_its_fields_tell_who_and_from_what_to_what(self, district, road, client, words):
        save_project(Project.objects.get(pk=road.pk), by=district.reviewer)
        changed = Project.objects.get(pk=road.pk)
        changed.sponsor, changed.contact_phone, changed.host_unit = "李某", "13800001111", district.town
        save_project(changed, by=district.reviewer, supporting_units=[district.town])
        ApprovalCode.objects.create(project=road, code="2017-410103-48-01-001234")
        seen = words(district.leader)
        assert "分包领导 李某" in seen
        assert "属地单位 某镇" in seen
        assert "138****5678 → 138****1111" in seen
        assert "配合单位 某镇" in seen
        assert "新增审批代码：2017-410103-48-01-001234" in seen

    def test_each_seeded_fact_stands_with_its_words(self, district, road, words, opened_by):
        road.source = factories.SourceFactory(title="推进会")
        road.quotes = [{"words": "加快道路建设", "fields": ["name", "commitment"], "note": "推断"}]
        road.save()
        assert "来源： 推进会 ，原文未注明日期 项目名称、承诺用语 推断" in words(district.leader)
        body = opened_by(district.leader, address(road)).content.decode()
        assert '<q lang="zh-Hans">加快道路建设</q>' in body

    def test_what_is_not_there_takes_one_sentence(self, district, road, words):
        seen = words(district.leader)
        assert (
            "2017 年 3 月还没有：亮灯、年度进度、节点、问题、督办单、月度填报、计划版本、照片和文件、资料来源。" in seen
        )
        assert "尚未掌握：责任人、阶段、计划开工、计划竣工、计划总投资、建设地点。" in seen


def test_statements_do_not_grow_with_what_hangs_on_it(district, road, client):
    client.force_login(district.leader)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(road), {"year": 2017, "month": 3}).status_code == 200
        return len(queries)

    def more(months, number) -> None:
        for month in months:
            factories.plan(road, 2017, 1200 + month, reason="调整")
            factories.report(road, 2017, month, month)
            factories.report(road, 2017, month, month + 1, reason="更正")
        for _ in range(number):
            row = followed.milestone(road, f"节点{Milestone.objects.count()}")
            milestones.move_milestone(row, to=followed.day(40), reason="推迟", by=district.reporter)
            followed.problem(road)
            followed.order(district.street, project=road)
            unit = factories.UnitFactory(parent=district.area)
            photo = picture(size=(8 + Milestone.objects.count(), 6))
            attachments.attach(project=road, file=upload(photo), by=None)
            road.lead_unit, road.sponsor = district.station, unit.name
            save_project(road, by=district.reviewer, supporting_units=[unit, district.town])
            factories.ProjectFactory(area=district.area, lead_unit=district.station, parent=road)

    more([1], 1)
    few = statements()
    more([2, 3], 5)
    assert statements() == few <= QUERY_BUDGET
