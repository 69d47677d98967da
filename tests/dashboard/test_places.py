"""The map: every project is counted once, where it stands or among those that stand nowhere."""

import re
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from erqi.dashboard import tiles
from projects.models import Light, Project, Unit
from projects.reports import places as reports
from projects.services.boundaries import import_boundaries
from projects.services.map_sheet import inside
from tests import everything, factories
from tests.dashboard.words import links_of, text_of
from tests.projects.test_boundaries import NEXT_TO_IT, SQUARE, collection, feature

QUERY_BUDGET = 23


@pytest.fixture
def district(district):
    """Of 2017 something is known."""
    factories.plan(district.street_project, 2017, "1200")
    return district


@pytest.fixture
def opened(opened_by, district):
    def get(user=None, **query):
        return opened_by(user or district.leader, "/map/", **{"year": 2017, "month": 3, **query})

    return get


@pytest.fixture
def hosted(district):
    """Three on the map (one by way of the station's street), one hosted by a bureau, one by nobody."""
    bureau = factories.UnitFactory(code="bureau", name="某局", parent=district.area)
    for project, host, colour in (
        (district.street_project, district.station, "red"),
        (district.town_project, district.town, "green"),
        (another(district, "E1"), district.town, ""),
        (another(district, "B1"), bureau, "yellow"),
        (district.unled_project, None, "grey"),
    ):
        Project.objects.filter(pk=project.pk).update(host_unit=host)
        lit(project, colour)
    return district


def another(district, code: str) -> Project:
    category = district.street_project.category
    return factories.ProjectFactory(code=code, area=district.area, lead_unit=district.town, category=category)


def lit(project: Project, colour: str, month: int = 3) -> None:
    if colour:
        light = everything.light(project)
        Light.objects.filter(pk=light.pk).update(colour=colour, month=month, dimension="overall")


def mapped(*features, **options):
    given = {"title": "某区地图", "approval": "豫S(2017)001号", "by": None, **options}
    return import_boundaries(content=collection(*features), **given)


def counted(response) -> dict[str, dict[str, int]]:
    """Place → colour → number, as the table has them."""
    lines = [*response.context["lines"], response.context["nowhere"], response.context["total"]]
    return {line.name: {c.colour: c.number for c in line.counts if c.number} for line in lines}


class TestWhereAProjectStands:
    def test_is_where_its_host_unit_is_or_the_nearest_place_above(self, hosted, opened):
        assert counted(opened()) == {
            "某街道": {"red": 1},
            "某镇": {"green": 1, "unlit": 1},
            "不在图上": {"yellow": 1, "grey": 1},
            "合计": {"red": 1, "yellow": 1, "grey": 1, "green": 1, "unlit": 1},
        }

    def test_is_not_where_its_lead_unit_is(self, district, opened):
        assert district.town_project.lead_unit == district.town
        assert opened().context["found"].on_map.projects == 0

    def test_projects_without_a_place_are_counted_and_named_with_the_reason(self, hosted, opened):
        text = text_of(opened())
        assert "5 个项目：3 个在图上，2 个不在图上" in text
        assert "1 个没有填写属地单位。" in text
        assert "1 个的属地单位及其上级在图上没有图形。" in text
        unplaced = [project.code for project, _light in opened().context["unplaced"]]
        assert unplaced == ["B1", "U1"]

    def test_a_unit_no_longer_in_use_is_no_place(self, hosted, opened):
        Unit.objects.filter(pk=hosted.town.pk).update(active=False)
        assert counted(opened())["不在图上"] == {"yellow": 1, "grey": 1, "green": 1, "unlit": 1}

    def test_on_an_imported_map_only_units_with_a_shape_are_places(self, hosted, opened):
        mapped(feature(code="street"), feature(NEXT_TO_IT, code="area"))
        found = counted(opened())
        assert found["某街道"] == {"red": 1}
        assert "某镇" not in found
        assert found["不在图上"] == {"yellow": 1, "grey": 1, "green": 1, "unlit": 1}

    def test_lights_are_those_of_the_month(self, hosted, opened):
        lit(hosted.street_project, "green", month=2)
        assert counted(opened(month=2))["某街道"] == {"green": 1}

    def test_the_form_narrows_the_map(self, hosted, opened):
        assert counted(opened(category="homes"))["合计"] == {"green": 1, "grey": 1}
        assert counted(opened(unit="street"))["合计"] == {"red": 1}

    def test_another_units_projects_are_not_counted(self, hosted, opened):
        assert counted(opened(hosted.reporter))["合计"] == {"red": 1}


COLOURS = ["red", "yellow", "grey", "green", ""]


@given(rows=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(COLOURS)), max_size=30))
def test_every_project_is_counted_once(rows):
    """A plain recount."""
    place_of = {1: 1, 2: 1, 3: 3}
    plain = Counter((place_of.get(host, 0), colour) for host, colour in rows)
    grouped = Counter((host or None, colour) for host, colour in rows)
    units = [Unit(pk=1), Unit(pk=3)]
    found = reports.arranged(units, place_of, ((host, colour, n) for (host, colour), n in grouped.items()))
    for place in found.places:
        assert dict(place.colours) == {c: plain[place.of.pk, c] for c in COLOURS if plain[place.of.pk, c]}
    assert dict(found.nowhere.colours) == {c: plain[0, c] for c in COLOURS if plain[0, c]}
    assert found.total.projects == len(rows) == found.on_map.projects + found.nowhere.projects


class TestTheDrawing:
    def test_without_a_map_equal_tiles_say_that_they_are_schematic(self, hosted, opened):
        response = opened()
        assert "示意：方块不代表实际位置、形状和面积。" in text_of(response)
        assert [shape.line.name for shape in response.context["shapes"]] == ["某街道", "某镇"]

    def test_a_reviewed_map_shows_its_number(self, hosted, opened):
        mapped(feature(code="street"), feature(NEXT_TO_IT, code="area"), source="区民政局")
        response = opened()
        page = response.content.decode()
        assert "豫S(2017)001号" in page
        assert "区民政局" in page
        assert "示意" not in text_of(response)
        assert len(response.context["shapes"]) == len(response.context["outlines"]) == 1

    def test_a_map_without_review_is_called_schematic(self, hosted, opened):
        mapped(feature(code="street"), approval="", schematic=True)
        assert "示意：图形未经地图审核，不代表实际边界。" in text_of(opened())

    def test_each_shape_is_a_link_that_says_in_words_what_it_shows(self, hosted, opened):
        page = opened().content.decode()
        shapes = re.findall(r'<a href="([^"]*)" aria-labelledby="(\S+) (\S+)">', page)
        assert [href.replace("&amp;", "&") for href, *_ids in shapes] == [
            "/map/?year=2017&month=3&place=street#place",
            "/map/?year=2017&month=3&place=town#place",
        ]
        names = [[re.search(rf'id="{name}"[^>]*>([^<]*)<', page)[1] for name in ids] for _href, *ids in shapes]
        assert names == [["某街道", "1 个项目：红灯 1 个"], ["某镇", "2 个项目：绿灯 1 个、没有亮灯 1 个"]]

    def test_the_worst_light_is_told_by_a_pattern_too(self, hosted, opened):
        page = opened().content.decode()
        for shape, pattern in zip(opened().context["shapes"], ("red", "green"), strict=True):
            assert shape.pattern == pattern
            assert f'fill="url(#worst-{pattern})"' in page
            assert f'<pattern id="worst-{pattern}"' in page

    def test_the_more_of_them_are_worst_the_stronger_the_colour(self, hosted, opened):
        strong = opened().context["shapes"][0].strength
        for code in ("X1", "X2", "X3"):
            project = another(hosted, code)
            Project.objects.filter(pk=project.pk).update(host_unit=hosted.street)
        assert opened().context["shapes"][0].strength < strong

    def test_names_do_not_repeat_the_district(self, district, opened):
        Unit.objects.filter(pk=district.town.pk).update(name="某区某镇")
        assert [shape.label for shape in opened().context["shapes"]] == ["某街道", "某镇"]


class TestAChosenPlace:
    def test_its_projects_stand_beside_the_map_the_worst_first(self, hosted, opened):
        response = opened(place="town")
        assert [(project.code, light) for project, light in response.context["standing"]] == [
            ("T1", "绿灯"),
            ("E1", ""),
        ]
        assert response.context["chosen"].name == "某镇"

    def test_one_that_the_map_does_not_show_is_not_found(self, hosted, opened):
        for code in ("bureau", "area", "nowhere", "\x00"):
            assert opened(place=code).status_code == 404

    def test_only_what_the_reader_may_see(self, hosted, opened):
        assert opened(hosted.reporter, place="town").context["standing"] == []


class TestTheRegister:
    """The rows behind each number are those that it counts."""

    def test_by_place_and_light(self, hosted, opened, opened_by):
        context = opened().context
        for line in [*context["lines"], context["nowhere"], context["total"]]:
            assert rows_of(opened_by, hosted, line.rows) == line.place.projects
            for count in line.counts:
                assert not count.rows or rows_of(opened_by, hosted, count.rows) == count.number, count

    def test_by_whether_the_map_shows_them(self, hosted, opened_by):
        assert rows_of(opened_by, hosted, "?on_map=true") == 3
        assert rows_of(opened_by, hosted, "?on_map=false") == 2
        assert rows_of(opened_by, hosted, "?gap=host") == 1

    def test_the_map_in_use_decides(self, hosted, opened, opened_by):
        mapped(feature(code="street"))
        assert rows_of(opened_by, hosted, opened().context["nowhere"].rows) == 4

    def test_no_link_is_dead(self, hosted, opened, opened_by):
        for href in set(links_of(opened(place="town"))):
            if not href.startswith("/static/"):
                assert opened_by(hosted.leader, href).status_code == 200, href


def rows_of(opened_by, district, address: str) -> int:
    """As the API counts them, by the same filters."""
    answer = opened_by(district.leader, "/api/v1/projects/?" + address.partition("?")[2])
    assert answer.status_code == 200, answer.content
    return len(answer.json()["results"])


class TestWhatIsNotThereYet:
    def test_no_host_units(self, district, opened):
        text = text_of(opened())
        assert "3 个项目都还没有填写属地单位" in text

    def test_who_may_write_is_led_to_where_it_is_filled_in(self, district, opened, opened_by):
        [address] = {href for href in links_of(opened(district.reviewer)) if "gap=host" in href}
        assert opened_by(district.reviewer, address).status_code == 200
        assert not [href for href in links_of(opened()) if "gap=host" in href]

    def test_no_lights(self, hosted, opened):
        Light.objects.all().delete()
        text = text_of(opened())
        assert "还没有亮灯，图上只有项目数" in text
        assert "红灯" not in text

    def test_no_places(self, district, opened):
        Unit.objects.filter(kind__in=[Unit.Kind.STREET, Unit.Kind.TOWN]).update(active=False)
        assert "图上没有可以显示的位置" in text_of(opened())


class TestTiles:
    @pytest.mark.parametrize("number", [0, 1, 2, 3, 7, 10, 14, 23, 60, 200])
    def test_are_equal_inside_the_outline_and_apart(self, number):
        found = tiles.tiles(number)
        assert len(found) == number
        assert len({(round(tile.width), round(tile.height)) for tile in found}) <= 1
        for tile in found:
            for y in (tile.y, tile.y + tile.height):
                [(left, right)] = inside([tiles.outline()], y)
                assert left <= tile.x <= tile.x + tile.width <= right
        for n, one in enumerate(found):
            assert not any(overlap(one, other) for other in found[n + 1 :])

    def test_come_in_reading_order(self):
        places = [(tile.y, tile.x) for tile in tiles.tiles(14)]
        assert places == sorted(places)


def overlap(a, b) -> bool:
    return abs(a.x - b.x) < a.width and abs(a.y - b.y) < a.height


def test_statements_do_not_grow_with_projects_or_places(hosted, client):
    mapped(feature(SQUARE, code="street"), feature(NEXT_TO_IT, code="town"))
    client.force_login(hosted.leader)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/map/", {"year": 2017, "month": 3, "place": "town"}).status_code == 200
        return len(queries)

    few = cost()
    for number in range(30):
        project = another(hosted, f"N{number}")
        unit = factories.UnitFactory(parent=hosted.area, kind=Unit.Kind.STREET)
        Project.objects.filter(pk=project.pk).update(host_unit=unit if number % 2 else hosted.town)
        lit(project, "red")
    assert cost() == few
    assert few <= QUERY_BUDGET
