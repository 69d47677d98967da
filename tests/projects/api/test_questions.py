"""The same list asked for again: put into SQL once, and still everybody's own and as it is now."""

from unittest import mock

import pytest

from erqi.core.api import views
from projects.api.views import ProjectViewSet
from projects.models import Category, Unit
from projects.services.projects import save_project
from tests.clients import API, client_for
from tests.factories import ProjectFactory, report

PROJECTS = f"{API}/projects/"


@pytest.fixture(autouse=True)
def nothing_asked_yet():
    views._questions.clear()


@pytest.fixture
def bureau(district):
    return client_for(district.reviewer)


def codes(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["code"] for row in answer.json()["results"]]


def asked_before(client, address: str) -> list[str]:
    """What is answered without looking at a filter."""
    with mock.patch.object(ProjectViewSet, "filter_queryset", side_effect=AssertionError("asked anew")):
        return codes(client.get(address))


def many(district, number: int = 5):
    for n in range(number):
        amount = None if n == 2 else n * 100
        project = district.town_project
        row = {"area": project.area, "lead_unit": project.lead_unit, "category": project.category}
        ProjectFactory(code=f"M{n}", total_investment=amount, **row)


class TestTheSameQuestion:
    def test_is_put_once(self, bureau, district):
        address = f"{PROJECTS}?unit=town&ordering=-total_investment&year=2017"
        first = codes(bureau.get(address))
        many(district)
        assert asked_before(bureau, address) == ["M4", "M3", "M1", "M0", "M2", *first]

    def test_on_every_page(self, bureau, district):
        many(district)
        address = f"{PROJECTS}?unit=town&ordering=-total_investment&limit=2"
        # Through known and unknown amounts, by cursors that were never seen before.
        found, page = [], bureau.get(address)
        while page.json()["next"]:
            found += codes(page)
            page = bureau.get(page.json()["next"])
        assert [*found, *codes(page)] == ["M4", "M3", "M1", "M0", "M2", "T1"]
        assert page.json()["count"] == 6
        assert asked_before(bureau, address) == ["M4", "M3"]

    def test_of_another_reader_is_another_one(self, bureau, district):
        assert codes(bureau.get(PROJECTS)) == ["S1", "T1", "U1"]
        assert codes(client_for(district.reporter).get(PROJECTS)) == ["S1"]
        assert asked_before(client_for(district.leader), PROJECTS) == ["S1", "T1", "U1"]

    def test_with_another_value_is_another_one(self, bureau):
        assert codes(bureau.get(f"{PROJECTS}?unit=street")) == ["S1"]
        assert codes(bureau.get(f"{PROJECTS}?unit=town")) == ["T1"]
        assert codes(bureau.get(f"{PROJECTS}?unit=town&search=qq")) == []
        assert codes(bureau.get(f"{PROJECTS}?unit=street&limit=1&fields=code")) == ["S1"]


class TestWhatIsNow:
    def test_a_unit_that_moves_takes_its_projects_along(self, bureau, district):
        address = f"{PROJECTS}?unit=street"
        assert codes(bureau.get(address)) == ["S1"]
        Unit.objects.filter(pk=district.town.pk).update(parent=district.street)
        assert codes(bureau.get(address)) == ["S1", "T1"]

    def test_a_category_that_changes_its_code(self, bureau, district):
        address = f"{PROJECTS}?category=roads"
        before = codes(bureau.get(address))
        Category.objects.filter(code="roads").update(code="streets")
        assert bureau.get(address).status_code == 400
        assert codes(bureau.get(f"{PROJECTS}?category=streets")) == before

    def test_a_project_that_is_moved_or_renamed(self, bureau, district, root):
        address = f"{PROJECTS}?unit=town"
        codes(bureau.get(address))
        project = district.street_project
        project.lead_unit = district.town
        save_project(project, by=root)
        assert asked_before(bureau, address) == ["S1", "T1"]

    @pytest.mark.parametrize("narrow", ["gap=report", "behind=true", "light=red", "parent=S1", "approval_code=2017"])
    def test_what_looks_at_other_rows_is_asked_anew(self, bureau, narrow):
        bureau.get(f"{PROJECTS}?{narrow}&year=2017&month=3")
        assert not views._questions

    def test_without_a_month_the_filters_follow_what_was_accepted(self, bureau, district):
        report(district.street_project, 2017, 1, 5)
        assert bureau.get(f"{PROJECTS}?gap=report&year=2017").status_code == 200
        assert not views._questions


def test_what_is_refused_is_not_remembered(bureau):
    for _ in range(2):
        assert bureau.get(f"{PROJECTS}?unit=nowhere").status_code == 400
    assert not views._questions


def test_so_many_are_remembered_and_no_more(bureau, monkeypatch):
    monkeypatch.setattr(views, "QUESTIONS", 2)
    for n in range(5):
        assert codes(bureau.get(f"{PROJECTS}?search=nothing{n}")) == []
        assert len(views._questions) <= 2
