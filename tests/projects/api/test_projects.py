import pytest

from erqi.core.models import AuditEvent
from projects.models import Project
from tests.clients import API, client_for, paths
from tests.factories import CategoryFactory, UnitFactory, recount

PROJECTS = f"{API}/projects/"


@pytest.fixture
def bureau(district):
    return client_for(district.reviewer)


@pytest.fixture
def clerk(district):
    return client_for(district.reporter)


def body(**changes) -> dict:
    return {"name": "新路", "area": "area", "category": "roads", "lead_unit": "station", **changes}


def test_the_bureau_adds_a_project_with_its_links(bureau):
    answer = bureau.post(
        PROJECTS,
        body(
            supporting_units=["town", "street"],
            approval_codes=["2017-410103-48-01-001234"],
            total_investment="１２３４．５",
            planned_start="2017-03-01",
            level="district",
            in_statistics=None,
        ),
    )
    assert answer.status_code == 201, answer.json()
    shown = answer.json()
    assert (shown["code"], shown["lead_unit"], shown["lead_unit_name"]) == ("P0001", "station", "某站")
    assert (shown["total_investment"], shown["level_display"]) == ("1234.5000", "区级")
    assert sorted(shown["supporting_units"]) == ["street", "town"]
    assert shown["approval_codes"] == ["2017-410103-48-01-001234"]
    assert AuditEvent.objects.get().action == "project.add"


def test_patch_changes_only_what_is_given(district, clerk):
    answer = clerk.patch(f"{PROJECTS}S1/", {"stage": "construction"})
    assert (answer.status_code, answer.json()["stage_display"], answer.json()["name"]) == (200, "在建", "街道路")
    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.after) == ("project.change", "reporter", '{"stage": "construction"}')


def test_put_and_delete_are_not_offered(bureau):
    assert bureau.put(f"{PROJECTS}S1/", body()).status_code == 405
    assert bureau.delete(f"{PROJECTS}S1/").status_code == 405


def test_nobody_moves_a_project_out_of_their_own_reach(district, clerk):
    refused = clerk.patch(f"{PROJECTS}S1/", {"lead_unit": "town"})
    assert (refused.status_code, paths(refused)) == (400, ["/lead_unit"])
    assert Project.objects.get(code="S1").lead_unit == district.station
    assert not AuditEvent.objects.exists()
    assert clerk.patch(f"{PROJECTS}S1/", {"lead_unit": "street"}).status_code == 200


def test_nobody_adds_a_project_outside_their_own_reach(district):
    UnitFactory(code="elsewhere")
    district.reviewer.memberships.update(unit=district.street)
    refused = client_for(district.reviewer).post(PROJECTS, body(lead_unit="elsewhere"))
    assert (refused.status_code, paths(refused)) == (400, ["/lead_unit"])


def test_a_parent_is_looked_up_among_the_visible(clerk):
    assert paths(clerk.patch(f"{PROJECTS}S1/", {"parent": "T1"})) == ["/parent"]
    hidden, missing = (clerk.patch(f"{PROJECTS}S1/", {"parent": code}).json() for code in ("T1", "NONE"))
    assert hidden["errors"][0]["message"].replace("T1", "") == missing["errors"][0]["message"].replace("NONE", "")


def test_the_code_is_given_once(bureau):
    assert bureau.post(PROJECTS, body(code="2017-A")).json()["code"] == "2017-A"
    assert paths(bureau.post(PROJECTS, body(code="2017-A"))) == ["/code"]
    assert paths(bureau.post(PROJECTS, body(code="路 1"))) == ["/code"]
    assert paths(bureau.patch(f"{PROJECTS}2017-A/", {"code": "2017-B"})) == ["/code"]


def test_a_switched_off_category_stays_but_cannot_be_chosen_anew(district, bureau):
    old = CategoryFactory(code="old", active=False)
    assert paths(bureau.patch(f"{PROJECTS}S1/", {"category": "old"})) == ["/category"]
    Project.objects.filter(code="S1").update(category=old)
    recount()
    assert bureau.patch(f"{PROJECTS}S1/", {"category": "old", "note": "不变"}).status_code == 200


def test_a_switched_off_unit_stays_among_the_supporting_but_cannot_be_chosen_anew(district, bureau):
    old = UnitFactory(code="old", active=False)
    refused = bureau.patch(f"{PROJECTS}S1/", {"supporting_units": ["town", "old"]})
    assert (refused.status_code, paths(refused)) == (400, ["/supporting_units"])
    assert "old" in refused.json()["errors"][0]["message"]
    district.street_project.supporting_units.add(old)
    assert bureau.patch(f"{PROJECTS}S1/", {"supporting_units": ["town", "old"]}).status_code == 200
    new = body(supporting_units=["old"])
    assert paths(bureau.post(PROJECTS, new)) == ["/supporting_units"]


def test_an_approval_code_in_use_is_named_at_its_place_and_its_project_is_not(district, bureau, clerk):
    free, taken = "2017-410103-48-01-001234", "2017-410103-48-01-005678"
    assert bureau.patch(f"{PROJECTS}T1/", {"approval_codes": [taken]}).status_code == 200
    for refused in (
        clerk.patch(f"{PROJECTS}S1/", {"approval_codes": [free, taken]}),
        bureau.post(PROJECTS, body(approval_codes=[free, taken])),
    ):
        assert (refused.status_code, paths(refused)) == (400, ["/approval_codes/1"])
        assert refused.json()["errors"][0]["message"] == f"“{taken}”已被其他项目使用。"
    assert bureau.patch(f"{PROJECTS}T1/", {"approval_codes": [taken, free]}).status_code == 200


def test_what_the_public_sees_is_decided_by_those_who_may_add_projects(district, bureau, clerk):
    refused = clerk.patch(f"{PROJECTS}S1/", {"published": True})
    assert (refused.status_code, paths(refused)) == (400, ["/published"])
    assert "审核人" in refused.json()["errors"][0]["message"]
    assert bureau.patch(f"{PROJECTS}S1/", {"published": True}).json()["published"] is True
    # Giving it back as it was read is no change.
    assert clerk.patch(f"{PROJECTS}S1/", {"published": True, "note": "改"}).status_code == 200
    assert bureau.post(PROJECTS, body(published=True)).status_code == 201


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"total_investment": "-1"}, "/total_investment"),
        ({"planned_start": "2017-06-01", "planned_finish": "2017-05-01"}, ""),
        ({"approval_codes": ["123"]}, "/approval_codes/0"),
        ({"supporting_units": ["none"]}, "/supporting_units"),
        ({"stage": "finished"}, "/stage"),
        ({"name": ""}, "/name"),
        ({"name": None}, "/name"),
        ({"nmae": "x"}, "/nmae"),
        ({"quotes": []}, "/quotes"),
        ({"package_count": -1}, "/package_count"),
        ({"in_statistics": "yes"}, "/in_statistics"),
    ],
)
def test_what_is_wrong_is_named(clerk, change, path):
    answer = clerk.patch(f"{PROJECTS}S1/", change)
    assert (answer.status_code, paths(answer)) == (400, [path]), answer.json()


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"search": "jdl"}, ["S1"]),
        ({"search": "zhenxue"}, ["T1"]),
        ({"search": "学校"}, ["T1"]),
        ({"category": "homes"}, ["T1", "U1"]),
        ({"unit": "street"}, ["S1"]),
        ({"lead_unit": "street"}, []),
        ({"unit": "area"}, ["S1", "T1", "U1"]),
        ({"ordering": "-code"}, ["U1", "T1", "S1"]),
        ({"published": "false", "stage": "idea"}, []),
    ],
)
def test_filters(bureau, query, codes):
    assert [row["code"] for row in bureau.get(PROJECTS, query).json()["results"]] == codes
