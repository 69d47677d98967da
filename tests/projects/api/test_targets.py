"""How the targets stand, over the API: the same as on the page."""

from datetime import date

from projects import reports
from tests import factories
from tests.clients import API, client_for

URL = f"{API}/statistics/targets/?year=2017&month=3"


def test_standings_are_the_reports_own(district):
    factories.plan(district.street_project, 2017, "20000")
    factories.report(district.street_project, 2017, 2, "12000")
    factories.TargetFactory(indicator="投资", measure="invested", value=2, unit_of_measure="亿元", order=1)
    factories.TargetFactory(indicator="绿地", order=2)
    invested, green = client_for(district.leader).get(URL).json()["targets"]
    assert invested["target"]["indicator"] == "投资"
    assert (invested["actual"], invested["actual_as_of"], invested["gap"]) == ("1.2000", "2017-03-31", "-0.8000")
    assert (invested["state"], invested["state_display"]) == ("running", "进行中")
    assert (green["actual"], green["state"]) == (None, "unknown")
    assert invested["judged_on"] == reports.standings(year=2017, month=3)[0].on.isoformat() == "2017-04-01"


def test_who_sees_a_part_gets_null(district):
    factories.plan(district.street_project, 2017, "20000")
    factories.report(district.street_project, 2017, 2, "12000")
    factories.TargetFactory(measure="invested", unit_of_measure="亿元")
    for user in (district.reporter, district.honours):
        [found] = client_for(user).get(URL).json()["targets"]
        assert (found["actual"], found["state"]) == (None, "unknown")


def test_what_was_entered_is_with_the_target(district):
    day = date(2017, 2, 20)
    factories.TargetFactory(
        actual=4, actual_on=day, actual_source="住建局报表", actual_by=district.reviewer, at_most=True
    )
    factories.TargetFactory(measure="projects_started")
    client = client_for(district.leader)
    found = client.get(f"{API}/targets/").json()["results"][0]
    assert (found["actual"], found["actual_on"], found["actual_source"]) == ("4.0000", "2017-02-20", "住建局报表")
    assert (found["actual_by"], found["at_most"], found["measure"]) == (str(district.reviewer), True, "")
    [counted] = client.get(f"{API}/targets/?measure=projects_started").json()["results"]
    assert counted["measure_display"] == "本年开工项目数"
