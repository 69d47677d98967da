"""Who sees and changes which project: one queryset method asked by admin, API, pages and exports."""

import pytest

from erqi.accounts.models import User
from erqi.accounts.roles import Action, Role
from projects.models import ProgressReport, Project, Unit
from projects.services import workflow
from tests.factories import report


@pytest.fixture
def district(area, bureau, street, category):
    """A project of the bureau, one of a section below it, one of the street, and one nobody leads yet."""
    section = Unit.objects.create(code="section", name="市政科", kind=Unit.Kind.OFFICE, parent=bureau)
    leads = {"bureau": bureau, "section": section, "street": street, "unknown": None}
    return {
        name: Project.objects.create(name=name, area=area, category=category, lead_unit=unit)
        for name, unit in leads.items()
    }


def names(projects):
    return set(projects.values_list("name", flat=True))


def test_a_reporter_reaches_the_subtree_of_the_unit_and_nothing_else(district, member, bureau):
    user = member(Role.REPORTER, bureau)
    for action in (Action.VIEW, Action.CHANGE, Action.REPORT):
        assert names(Project.objects.reachable(user, action)) == {"bureau", "section"}


def test_a_units_head_signs_for_the_subtree_and_writes_nothing(district, member, bureau):
    user = member(Role.ENDORSER, bureau)
    for action in (Action.VIEW, Action.ENDORSE):
        assert names(Project.objects.reachable(user, action)) == {"bureau", "section"}
    for action in (Action.CHANGE, Action.REPORT, Action.REVIEW):
        assert not Project.objects.reachable(user, action).exists()


def test_only_the_bureau_reviews(district, member, area):
    assert len(names(Project.objects.reachable(member(Role.REVIEWER, area), Action.REVIEW))) == 4
    for role in (Role.REPORTER, Role.ENDORSER, Role.LEADER):
        assert not Project.objects.reachable(member(role, area, f"a {role}"), Action.REVIEW).exists()


def test_a_project_without_a_lead_unit_belongs_to_its_area(district, member, area):
    assert names(Project.objects.visible_to(member(Role.REVIEWER, area))) == {"bureau", "section", "street", "unknown"}


def test_a_leader_sees_everything_below_and_changes_nothing(district, member, area):
    user = member(Role.LEADER, area)
    assert len(names(Project.objects.visible_to(user))) == 4
    assert not Project.objects.reachable(user, Action.CHANGE).exists()


def test_roles_over_two_units_add_up(district, member, bureau, street):
    user = member(Role.LEADER, street)
    user.memberships.create(unit=bureau, role=Role.REPORTER)
    assert names(Project.objects.visible_to(user)) == {"bureau", "section", "street"}
    assert names(Project.objects.reachable(user, Action.REPORT)) == {"bureau", "section"}


def test_supporting_or_hosting_a_project_gives_no_right_to_it(district, member, street):
    district["bureau"].supporting_units.add(street)
    Project.objects.filter(name="section").update(host_unit=street)
    assert names(Project.objects.visible_to(member(Role.REPORTER, street))) == {"street"}


def test_a_stranger_an_ended_membership_and_a_disabled_account_see_nothing(district, member, area):
    assert not Project.objects.visible_to(User.objects.create(username="stranger")).exists()
    ended = member(Role.REVIEWER, area, "ended")
    ended.memberships.update(active=False)
    assert not Project.objects.visible_to(ended).exists()
    disabled = member(Role.REVIEWER, area, "disabled")
    disabled.is_active = False
    assert not Project.objects.visible_to(disabled).exists()


def test_another_district_is_out_of_sight(district, member, category):
    other = Unit.objects.create(code="other", name="邻区", kind=Unit.Kind.AREA)
    Project.objects.create(name="邻区项目", area=other, category=category)
    assert names(Project.objects.visible_to(member(Role.LEADER, other))) == {"邻区项目"}


def test_a_city_above_sees_its_districts(district, member, area):
    city = Unit.objects.create(code="city", name="某市", kind=Unit.Kind.AREA)
    Unit.objects.filter(pk=area.pk).update(parent=city)
    assert len(names(Project.objects.visible_to(member(Role.LEADER, city)))) == 4


class TestMonths:
    """Which months of a project that one sees."""

    @pytest.fixture
    def months(self, district, clerk):
        """Draft, submitted, returned and accepted: January to April of the section's project."""
        drafts = [report(district["section"], 2017, month, 1, draft=True) for month in (1, 2, 3, 4)]
        for row in drafts[1:]:
            workflow.submit(row, by=None, explanation="已核对")
        workflow.return_report(drafts[2], by=None, reason="补充")
        workflow.accept(drafts[3], by=None)

    @pytest.mark.parametrize(
        ("role", "seen"),
        [
            (Role.REPORTER, {1, 2, 3, 4}),
            (Role.ENDORSER, {2, 3, 4}),
            (Role.LEADER, {4}),
            # The bureau may file for a unit without an account, so it sees what such a unit would.
            (Role.REVIEWER, {1, 2, 3, 4}),
            (Role.HONOURS, set()),
        ],
    )
    def test_who_files_sees_all_who_signs_what_was_filed_and_others_what_was_accepted(
        self, months, member, bureau, role, seen
    ):
        rows = ProgressReport.objects.shown_to(member(role, bureau))
        assert set(rows.values_list("month", flat=True)) == seen

    def test_nobody_sees_the_months_of_another_unit(self, months, member, street):
        for role in Role:
            assert not ProgressReport.objects.shown_to(member(role, street, f"a {role}")).exists()


def test_a_unit_tree_cannot_bite_its_tail(bureau, area):
    area.parent = bureau
    with pytest.raises(Exception, match="下级"):
        area.full_clean()


@pytest.mark.parametrize("typed", ["王胡砦", "胡砦", "wanghuzhai", "WHZ", "whz", "ＷＨＺ", "p0001"])
def test_a_project_is_found_by_chinese_pinyin_initials_and_code(area, category, typed):
    Project.objects.create(name="王胡砦安置房", area=area, category=category)
    Project.objects.create(name="贾砦安置房", area=area, category=category)
    assert names(Project.objects.search(typed)) == {"王胡砦安置房"}


def test_every_word_must_fit_and_aliases_count(area, category):
    Project.objects.create(name="第八十一中学", aliases="81中、八一中", area=area, category=category)
    assert names(Project.objects.search("81中")) == {"第八十一中学"}
    assert names(Project.objects.search("zhongxue 81")) == {"第八十一中学"}
    assert names(Project.objects.search("小学 81")) == set()


def test_codes_are_numbered_on_from_the_highest(area, category):
    made = [Project.objects.create(name=n, area=area, category=category) for n in "甲乙"]
    Project.objects.create(name="丙", code="P0040", area=area, category=category)
    Project.objects.create(name="丁", code="gc-1", area=area, category=category)
    assert [p.code for p in made] == ["P0001", "P0002"]
    assert Project.objects.create(name="戊", area=area, category=category).code == "P0041"
