"""Who sees and changes which project: one queryset method asked by admin, API, pages and exports."""

import pytest

from erqi.accounts.models import User
from erqi.accounts.roles import Action, Role
from projects.models import Project, Unit


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
    for action in (Action.VIEW, Action.CHANGE, Action.PLAN, Action.REPORT):
        assert names(Project.objects.reachable(user, action)) == {"bureau", "section"}


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
