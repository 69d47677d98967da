from datetime import date

import pytest

from awards.models import CommendationRecipient, Honour, HonourClaim, HonourUnit
from tests.clients import API, client_for
from tests.factories import AssessmentSchemeFactory, CommendationFactory, CommitmentLetterFactory, HonourFactory


@pytest.fixture
def client(district):
    return client_for(district.honours, "read")


@pytest.fixture
def honour(district):
    honour = HonourFactory(
        code="H1",
        title="先进集体",
        recipient=district.area,
        level="municipal",
        awarded_on=date(2017, 3, 1),
        date_precision=Honour.DatePrecision.MONTH,
    )
    honour.awarding_bodies.add(district.town)
    HonourClaim.objects.create(honour=honour, kind="rank", value=1, words="全市第一")
    HonourUnit.objects.create(honour=honour, unit=district.street, part="lead")
    return honour


def test_an_honour_with_its_claims_and_contributions(client, honour):
    shown = client.get(f"{API}/honours/H1/").json()
    assert (shown["recipient_name"], shown["level_display"], shown["date_display"]) == ("某区", "市级", "2017-03")
    assert shown["awarding_bodies"] == ["town"]
    assert [(claim["words"], claim["kind_display"]) for claim in shown["claims"]] == [("全市第一", "名次")]
    assert [(part["unit"], part["part_display"]) for part in shown["contributions"]] == [("street", "牵头")]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"year": 2017}, 1),
        ({"year": 2016}, 0),
        ({"unit": "street"}, 1),
        ({"unit": "town"}, 0),
        ({"claim": "rank"}, 1),
        ({"search": "xjjt"}, 1),
        ({"recipient": "area", "level": "municipal"}, 1),
    ],
)
def test_honours_are_filtered(client, honour, query, count):
    assert client.get(f"{API}/honours/", query).json()["count"] == count


@pytest.mark.parametrize("year", ["39147", "0", "x"])
def test_a_year_that_no_calendar_has_is_refused(client, year):
    assert client.get(f"{API}/honours/", {"year": year}).status_code == 400


def test_dated_honours_come_first_newest_first_undated_last(client, district):
    for code, day in (("A", None), ("B", date(2016, 1, 1)), ("C", date(2017, 1, 1)), ("D", None)):
        HonourFactory(code=code, recipient=district.area, awarded_on=day, date_precision="day" if day else "")
    found, url = [], f"{API}/honours/?limit=1"
    while url and len(found) <= 4:
        page = client.get(url).json()
        found += [row["code"] for row in page["results"]]
        url = page["next"]
    assert found == ["C", "B", "A", "D"]


def test_commendations_name_their_recipients(client, district):
    commendation = CommendationFactory(code="C1", stated_count=10)
    CommendationRecipient.objects.create(commendation=commendation, unit=district.town)
    shown = client.get(f"{API}/commendations/?unit=town").json()["results"][0]
    assert (shown["stated_count"], shown["recipients"]) == (10, [{"unit": "town", "unit_name": "某镇"}])


def test_schemes_leave_unpublished_weights_unknown(client, district):
    scheme = AssessmentSchemeFactory(code="five-plus-one", owner=district.area)
    scheme.dimensions.create(number=1, name="生态", lead_unit=district.town)
    (dimension,) = client.get(f"{API}/assessment-schemes/five-plus-one/").json()["dimensions"]
    assert (dimension["weight"], dimension["lead_unit_name"]) == (None, "某镇")


def test_commitment_letters(client, district):
    CommitmentLetterFactory(unit=district.town, handed_in=None)
    url = f"{API}/commitment-letters/"
    assert client.get(url, {"unit": "town", "year": 2017}).json()["results"][0]["handed_in"] is None
    assert client.get(url, {"handed_in": "false"}).json()["count"] == 0


def test_those_who_keep_honours_see_no_projects(client):
    assert client.get(f"{API}/projects/").status_code == 403
