"""Units beside their peers: who is compared with whom, both measures, and which differences say nothing."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.models import AnnualPlan, ProgressReport, Project, ScheduledMonth, Unit
from projects.models.choices import Baseline
from projects.reports.figures import Figures
from projects.reports.ranking import NOISE_POINTS, Band, Peer, PeerGroup, _banded, ranking
from tests.factories import ProjectFactory, UnitFactory, plan, recount, report

YEAR, MONTH = 2017, 6


def standings(**asked) -> list[PeerGroup]:
    return ranking(**{"year": YEAR, "month": MONTH, **asked})


def unit_with(area, *months, planned=1200, kind=Unit.Kind.STREET, **attributes) -> Unit:
    """A unit that leads one project; ``months``: accepted amounts from January, None where nothing is accepted."""
    unit = UnitFactory(parent=area, kind=kind, **attributes)
    project = ProjectFactory(lead_unit=unit, area=area)
    if planned is not None:
        plan(project, YEAR, planned)
    for month, amount in enumerate(months, 1):
        if amount is not None:
            report(project, YEAR, month, amount)
    return unit


@pytest.fixture
def area(db):
    return UnitFactory(code="area", kind=Unit.Kind.AREA)


def found(unit: Unit, groups=None) -> Peer:
    groups = standings() if groups is None else groups
    return next(peer for group in groups for peer in (*group.peers, *group.unplanned) if peer.unit == unit)


def bands_of(groups: list[PeerGroup]) -> list[list[list[Unit]]]:
    return [[[peer.unit for peer in band.peers] for band in group.bands] for group in groups]


class TestPeerGroups:
    def test_streets_stand_with_streets_and_towns_with_towns(self, area):
        streets = [unit_with(area, *[100] * 6), unit_with(area, *[20] * 6)]
        towns = [unit_with(area, *[100] * 6, kind=Unit.Kind.TOWN) for _ in range(2)]
        assert bands_of(standings()) == [[[street] for street in streets], [towns]]

    def test_a_group_that_was_given_goes_before_the_kind(self, area):
        office = unit_with(area, *[100] * 6, kind=Unit.Kind.OFFICE, peer_group="第一组")
        bureau = unit_with(area, *[20] * 6, kind=Unit.Kind.BUREAU, peer_group="第一组")
        other = unit_with(area, *[100] * 6, kind=Unit.Kind.BUREAU)
        given, by_kind = standings()
        assert (given.name, bands_of([given])) == ("第一组", [[[office], [bureau]]])
        assert (by_kind.name, by_kind.kind_label, by_kind.alone.unit) == ("", "政府部门", other)

    def test_who_has_no_plan_or_nobody_beside_it_stands_apart_and_never_at_the_bottom(self, area):
        ranked = [unit_with(area, *[100] * 6), unit_with(area, *[20] * 6)]
        without, of_nothing = unit_with(area, 5, planned=None), unit_with(area, 5, planned=0)
        lonely = unit_with(area, *[100] * 6, kind=Unit.Kind.TOWN)
        streets, towns = standings()
        assert bands_of([streets]) == [[[unit] for unit in ranked]]
        assert [(peer.unit, peer.points) for peer in streets.unplanned] == [(without, None), (of_nothing, None)]
        assert (towns.bands, towns.alone.unit, towns.peers) == ([], lonely, [towns.alone])

    def test_projects_that_nobody_leads_are_in_no_group(self, area):
        project = ProjectFactory(lead_unit=None, area=area)
        plan(project, YEAR, 1200)
        assert standings() == []

    def test_a_unit_answers_for_what_it_leads_itself(self, area):
        street = unit_with(area, *[100] * 6)
        station = unit_with(street, *[20] * 6, kind=Unit.Kind.OFFICE)
        assert (found(street).figures.projects, found(station).figures.projects) == (1, 1)

    def test_only_what_the_reader_sees_is_ranked(self, area):
        units = [unit_with(area, *[100] * 6) for _ in range(3)]
        [group] = standings(projects=Project.objects.filter(lead_unit__in=units[:2]))
        assert [peer.unit for peer in group.peers] == units[:2]


class TestMeasures:
    def test_points_are_of_the_plan_and_the_ratio_of_what_is_due(self, area):
        peer = found(unit_with(area, *[50] * 6))
        assert (peer.points, peer.ratio, peer.low, peer.high) == (D(-25), D("0.5"), D("-25.0"), D("-25.0"))

    def test_no_ratio_while_nothing_is_due(self, area):
        unit = UnitFactory(parent=area)
        project = ProjectFactory(lead_unit=unit, area=area)
        plan(project, YEAR, 1200, schedule=[D(0)] * 11 + [D(1200)])
        report(project, YEAR, 1, 12)
        assert (found(unit).points, found(unit).ratio) == (D(1), None)

    def test_missing_is_the_schedule_of_owed_months_that_are_not_accepted(self, area):
        peer = found(unit_with(area, 100, None, 100, 100, None, 100))
        assert (peer.missing, peer.low, peer.high) == (D(200), D("-16.7"), D("0.0"))

    def test_a_month_filed_but_not_accepted_is_missing(self, area):
        unit = unit_with(area, *[100] * 5)
        report(unit.led_projects.get(), YEAR, 6, 100, draft=True)
        assert found(unit).missing == D(100)

    def test_suspended_projects_have_nothing_missing(self, area):
        unit = unit_with(area, 100)
        assert found(unit).missing == D(500)
        Project.objects.update(stage=Project.Stage.SUSPENDED)
        assert (found(unit).missing, found(unit).low, found(unit).high) == (D(0), D("-41.7"), D("-41.7"))

    def test_every_month_counts_by_its_own_schedule(self, area):
        unit = UnitFactory(parent=area)
        project = ProjectFactory(lead_unit=unit, area=area)
        plan(project, YEAR, 780, schedule=[D(month * 10) for month in range(1, 13)])
        for month in (1, 3, 6):
            report(project, YEAR, month, 0)
        assert found(unit).missing == D(20 + 40 + 50)

    def test_against_the_original_plan_and_as_known_then(self, area):
        unit = unit_with(area, 100, 100)
        project = unit.led_projects.get()
        early = datetime(2017, 3, 1, tzinfo=UTC)
        AnnualPlan.objects.update(recorded_at=early)
        ProgressReport.objects.filter(month=1).update(recorded_at=early, accepted_at=early)
        plan(project, YEAR, 600, reason="调减")
        assert (found(unit).figures.plan, found(unit).missing) == (D(600), D(200))
        original = found(unit, standings(baseline=Baseline.ORIGINAL))
        assert (original.figures.plan, original.missing) == (D(1200), D(400))
        known_then = found(unit, standings(as_of=datetime(2017, 4, 1, tzinfo=UTC)))
        assert (known_then.figures.plan, known_then.figures.done, known_then.missing) == (D(1200), D(100), D(500))


def peer(points, reaches=0, order=0) -> Peer:
    """Of a plan of 1,000,000, so that every tenth of a point is exact."""
    plan = D(1_000_000)
    figures = Figures(projects=1, planned_projects=1, plan=plan, done=D(points) / 100 * plan)
    unit = Unit(code=f"unit-{points}-{reaches}-{order}", order=order)
    return Peer(unit, figures, missing=D(reaches) / 100 * plan)


def numbers(*peers: Peer) -> list[list[D]]:
    return [[peer.low for peer in band.peers] for band in _banded(peers)]


class TestBands:
    def test_less_than_a_point_says_nothing_and_a_point_does(self):
        assert numbers(peer("5.0"), peer("4.1")) == [[D("5.0"), D("4.1")]]
        assert numbers(peer("5.0"), peer("4.0")) == [[D("5.0")], [D("4.0")]]

    def test_differences_are_those_of_the_printed_numbers(self):
        """4.04 and 5.02 differ by less than a point, but the page says 4.0 and 5.0."""
        assert numbers(peer("5.02"), peer("4.04")) == [[D("5.0")], [D("4.0")]]
        assert numbers(peer("5.04"), peer("4.05")) == [[D("5.0"), D("4.1")]]

    def test_what_may_still_come_keeps_a_unit_in_the_band(self):
        assert numbers(peer(10), peer(2, reaches=8)) == [[D(10), D(2)]]
        assert numbers(peer(10), peer(2, reaches="7.9")) == [[D(10)], [D(2)]]

    def test_a_band_is_measured_from_its_first_so_that_it_does_not_creep(self):
        assert numbers(peer("1.8"), peer("0.9"), peer("0.0")) == [[D("1.8"), D("0.9")], [D("0.0")]]

    def test_ties_are_one_band_whichever_way_they_come(self):
        tied = [peer(3, order=order) for order in range(4)]
        [band] = _banded(reversed(tied))
        assert band.peers == tied

    def test_one_that_may_rise_says_how_far(self):
        best, worse, open_ended = peer(10), peer(5), peer("3.9", reaches=8)
        group = PeerGroup("", "street", _banded([best, worse, open_ended]), None, [])
        assert [band.number for band in group.bands] == [1, 2]
        assert group.bands[1].peers == [worse, open_ended]
        assert [group.within_reach(one) for one in (best, worse, open_ended)] == [None, None, 1]


tenths = st.integers(-300, 300).map(lambda number: D(number) / 7)
several = st.lists(st.builds(peer, tenths, st.integers(0, 200).map(lambda n: D(n) / 9), st.integers(0, 3)), max_size=9)


def by_hand(peers: list[Peer]) -> list[set[int]]:
    """The definition word for word, on numbers alone."""

    def printed(value) -> D:
        return D(value).quantize(D("0.1"), ROUND_HALF_UP)

    rows = []
    for one in peers:
        points = (one.figures.done - one.figures.scheduled) / one.figures.plan * 100
        rows.append((printed(points), printed(points + one.missing * 100 / one.figures.plan), id(one)))
    bands: list[set[int]] = []
    first = None
    for low, high, key in sorted(rows, key=lambda row: (-row[0], -row[1])):
        if first is None or not (high >= first or first - low < 1):
            bands.append(set())
            first = low
        bands[-1].add(key)
    return bands


@given(several, st.randoms())
def test_bands_follow_from_their_definition(peers, random):
    bands = _banded(peers)
    placed = [one for band in bands for one in band.peers]
    assert sorted(map(id, placed)) == sorted(map(id, peers))
    assert [band.number for band in bands] == list(range(1, len(bands) + 1))
    assert all(better.low >= worse.low for better, worse in pairwise(placed))
    assert all(upper.peers[0].low - lower.peers[0].low >= NOISE_POINTS for upper, lower in pairwise(bands))
    assert [{id(one) for one in band.peers} for band in bands] == by_hand(peers)
    shuffled = list(peers)
    random.shuffle(shuffled)
    assert [numbers_of(band) for band in _banded(shuffled)] == [numbers_of(band) for band in bands]


def numbers_of(band: Band) -> list[tuple]:
    return [(one.low, one.high, one.unit.order) for one in band.peers]


amounts = st.none() | st.integers(0, 300)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.none() | st.sampled_from([0, 600, 1200]), amounts, amounts, amounts), max_size=3))
def test_every_number_is_a_plain_recount_of_the_rows(area, units):
    for model in (ProgressReport, ScheduledMonth, AnnualPlan, Project):
        model.objects.all().delete()
    recount()
    for planned, *months in units:
        unit_with(area, *months, planned=planned)
    for group in standings(month=3):
        for one in (*group.peers, *group.unplanned):
            plans = list(AnnualPlan.objects.filter(project__lead_unit=one.unit, superseded_at=None))
            rows = ProgressReport.objects.filter(project__lead_unit=one.unit, month__lte=3, superseded_at=None)
            accepted = {row.month: row.invested for row in rows}
            planned = sum(found.planned_investment for found in plans)
            monthly = planned / 12 if plans else 0
            missing = sum(monthly for month in (1, 2, 3) if month not in accepted)
            assert one.missing == missing
            assert one.figures.plan == planned
            if planned:
                assert one.low == ((sum(accepted.values()) - monthly * 3) * 100 / planned).quantize(
                    D("0.1"), ROUND_HALF_UP
                )
            else:
                assert one in group.unplanned


def test_statements_do_not_grow_with_the_units(area, django_assert_num_queries):
    unit_with(area, 100)
    with django_assert_num_queries(3):
        standings()
    for _ in range(8):
        unit_with(area, 100)
    with django_assert_num_queries(3):
        standings()
