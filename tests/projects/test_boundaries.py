"""A map is imported whole or not at all, and what is wrong with a file is said at once."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from erqi.accounts.roles import Role
from erqi.core.exceptions import Forbidden
from erqi.core.models import AuditEvent
from projects.models import Boundary, BoundaryMap, Unit
from projects.services.boundaries import import_boundaries
from projects.services.boundary_file import LARGEST
from tests import factories

SQUARE = [[113.60, 34.70], [113.65, 34.70], [113.65, 34.75], [113.60, 34.75], [113.60, 34.70]]
NEXT_TO_IT = [[113.65, 34.70], [113.70, 34.70], [113.70, 34.75], [113.65, 34.75], [113.65, 34.70]]


def feature(ring=SQUARE, kind="Polygon", **properties) -> dict:
    coordinates = [ring] if kind == "Polygon" else [[ring]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def imported(*features, content: bytes | None = None, **options) -> BoundaryMap:
    given = {"title": "某区地图", "approval": "豫S(2017)001号", "by": None, **options}
    return import_boundaries(content=collection(*features) if content is None else content, **given)


def refused(*features, **options) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        imported(*features, **options)
    assert not BoundaryMap.objects.exists()
    return refusal.value.messages


def test_a_map_is_imported_with_its_shapes(district):
    sheet = imported(feature(code="street"), feature(NEXT_TO_IT, kind="MultiPolygon", name="某镇"), source="区民政局")
    assert BoundaryMap.objects.in_use() == sheet
    assert (sheet.approval, sheet.schematic, sheet.source) == ("豫S(2017)001号", False, "区民政局")
    shapes = {shape.unit: shape for shape in sheet.shapes.select_related("unit")}
    assert set(shapes) == {district.street, district.town}
    assert shapes[district.street].geometry == {"type": "Polygon", "coordinates": [SQUARE]}


def test_north_is_up_and_neighbours_share_their_border(district):
    sheet = imported(feature(code="street"), feature(NEXT_TO_IT, code="town"))
    drawn = dict(sheet.shapes.values_list("unit__code", "drawing"))
    # A degree of longitude is shorter than one of latitude here, so two squares side by side are less than 2 : 1.
    assert (sheet.width, sheet.height) == (1000, 616)
    assert drawn["street"]["path"] == "M10 606l490 0 0 -596 -490 0z"
    assert drawn["town"]["path"] == "M500 606l490 0 0 -596 -490 0z"
    assert (drawn["street"]["x"], drawn["street"]["across"]) == (255, 490)


def test_a_label_stands_inside_a_bent_shape(district):
    """An L: the middle of its bounding box is outside."""
    bent = [[113.0, 34.0], [113.5, 34.0], [113.5, 34.1], [113.1, 34.1], [113.1, 34.6], [113.0, 34.6], [113.0, 34.0]]
    sheet = imported(feature(bent, code="street"))
    drawing = sheet.shapes.get().drawing
    assert drawing["y"] > sheet.height * 5 / 6
    assert drawing["across"] > drawing["down"]


def test_a_long_border_is_drawn_with_few_points(district):
    """A saw finer than the sheet's grid."""
    steps = 30_000
    saw = [[113.6 + 0.1 * n / steps, 34.7 + 0.00001 * (n % 2)] for n in range(steps)]
    sheet = imported(feature([*saw, [113.7, 34.8], [113.6, 34.8], saw[0]], code="street"))
    assert len(sheet.shapes.get().drawing["path"]) < 20_000


def test_a_file_of_the_district_itself_gives_its_outline(district):
    assert imported(feature(code="area")).shapes.get().unit == district.area


def test_importing_again_replaces_the_map_and_keeps_the_one_before(district):
    first = imported(feature(code="street"), feature(NEXT_TO_IT, code="town"))
    second = imported(feature(code="town"), title="新图")
    assert BoundaryMap.objects.in_use() == second
    assert [shape.unit for shape in second.shapes.all()] == [district.town]
    assert first.shapes.count() == 2


def test_each_import_stands_in_the_audit_trail(district):
    imported(feature(code="street"))
    imported(feature(code="town"), title="新图", by=district.reviewer)
    event = AuditEvent.objects.order_by("sequence").last()
    before, after = json.loads(event.before), json.loads(event.after)
    assert (event.action, event.actor) == ("boundarymap.import", "reviewer")
    assert (before["title"], before["units"]) == ("某区地图", "street")
    assert (after["title"], after["units"], after["approval"]) == ("新图", "town", "豫S(2017)001号")
    assert len(after["sha256"]) == 64


def test_a_map_without_review_is_only_schematic(district):
    assert imported(feature(code="street"), approval="", schematic=True).schematic
    for wrong in ({"approval": ""}, {"schematic": True}):
        with pytest.raises(ValidationError, match="须有审图号"):
            imported(feature(code="street"), **wrong)
    assert BoundaryMap.objects.count() == 1


def test_the_database_refuses_a_map_that_is_neither(db):
    plain = {"title": "图", "sha256": "0" * 64, "width": 1, "height": 1}
    with pytest.raises(IntegrityError), transaction.atomic():
        BoundaryMap.objects.create(**plain)


def test_one_shape_a_unit(district):
    shape = imported(feature(code="street")).shapes.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Boundary.objects.create(map=shape.map, unit=shape.unit, geometry={}, drawing={})


@pytest.mark.parametrize(
    ("role", "over", "may"),
    [
        (Role.REVIEWER, "area", True),
        (Role.REVIEWER, "street", False),
        (Role.REPORTER, "area", False),
        (Role.LEADER, "area", False),
    ],
)
def test_who_keeps_the_register_of_units_imports_its_map(role, over, may, district):
    user = factories.user_with(role, over=getattr(district, over))
    if may:
        assert imported(feature(code="street"), by=user).imported_by == user
        return
    with pytest.raises(Forbidden):
        imported(feature(code="street"), by=user)
    assert not BoundaryMap.objects.exists()


class TestTheUnitOfAFeature:
    def test_is_named_by_its_code_or_its_name(self, district):
        Unit.objects.filter(pk=district.town.pk).update(full_name="某区某镇人民政府")
        for properties in (
            {"code": "town"},
            {"name": "某镇"},
            {"name": " 某区某镇人民政府 "},
            {"code": "", "name": "某镇"},
        ):
            assert imported(feature(**properties)).shapes.get().unit == district.town

    def test_may_stand_in_another_property(self, district):
        assert imported(feature(MC="某镇", code="street"), named_by="MC").shapes.get().unit == district.town
        [said] = refused_after(feature(MC="某镇"), named_by="XZQMC")
        assert "XZQMC" in said
        assert "MC" in said

    def test_is_known(self, district):
        [said] = refused(feature(name="某镇人民"))
        assert "第 1 个要素" in said
        assert "没有编号或名称为“某镇人民”的单位" in said
        assert "是否为“某镇”" in said

    def test_is_only_one(self, district):
        other = factories.UnitFactory(code="other", name="别区", kind=Unit.Kind.AREA)
        factories.UnitFactory(code="other-town", name="某镇", kind=Unit.Kind.TOWN, parent=other)
        [said] = refused(feature(name="某镇"))
        assert "town、other-town" in said or "other-town、town" in said
        assert imported(feature(code="other-town")).shapes.get().unit.code == "other-town"

    def test_is_no_namesake_that_has_no_place(self, district):
        factories.UnitFactory(code="firm", name="某镇", kind=Unit.Kind.ENTERPRISE)
        assert imported(feature(name="某镇")).shapes.get().unit == district.town

    def test_is_in_use_and_a_place(self, district):
        Unit.objects.filter(pk=district.town.pk).update(active=False)
        closed, office = refused(feature(code="town"), feature(code="station"))
        assert "“某镇”已停用" in closed
        assert "“某站”是办公室" in office
        assert "街道" in office


def refused_after(*features, **options) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        imported(*features, **options)
    return refusal.value.messages


OPEN = SQUARE[:-1]


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        (None, "几何类型是 —"),
        ({"type": "Point", "coordinates": [113.6, 34.7]}, "几何类型是 Point，应为 Polygon 或 MultiPolygon"),
        ({"type": "Polygon", "coordinates": [OPEN]}, "第 1 个面第 1 环没有闭合"),
        ({"type": "Polygon", "coordinates": [SQUARE, OPEN]}, "第 1 个面第 2 环没有闭合"),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE], [OPEN]]}, "第 2 个面第 1 环没有闭合"),
        ({"type": "Polygon", "coordinates": []}, "空的"),
        ({"type": "Polygon", "coordinates": [[]]}, "空的"),
        ({"type": "Polygon", "coordinates": None}, "不是列表"),
        ({"type": "MultiPolygon", "coordinates": [SQUARE]}, "不是一对数字"),
        ({"type": "Polygon", "coordinates": [[[10**400, 34.7], *SQUARE]]}, "超出范围"),
        ({"type": "Polygon", "coordinates": [[[113.6, 34.7], [113.7, 34.7], [113.6, 34.7]]]}, "不足 3 个不同的点"),
        ({"type": "Polygon", "coordinates": [[[113.6, 34.7], "东", *SQUARE]]}, "第 2 点不是一对数字"),
        ({"type": "Polygon", "coordinates": [[[113.6], *SQUARE]]}, "第 1 点不是一对数字"),
        ({"type": "Polygon", "coordinates": [[[True, False], *SQUARE]]}, "不是一对数字"),
        ({"type": "Polygon", "coordinates": [[[float("nan"), 34.7], *SQUARE]]}, "NaN"),
        ({"type": "Polygon", "coordinates": [[[113.6, float("inf")], *SQUARE]]}, "无穷大"),
        ({"type": "Polygon", "coordinates": [[[34.7, 113.6], *SQUARE]]}, "经度在前"),
        ({"type": "Polygon", "coordinates": [[[465000.5, 3840000], *SQUARE]]}, "[465000.5, 3840000] 超出范围"),
    ],
)
def test_a_shape_that_is_none_is_refused(geometry, says, district):
    said = refused(
        feature(NEXT_TO_IT, code="street"), {"type": "Feature", "properties": {"code": "town"}, "geometry": geometry}
    )
    assert len(said) == 1
    assert "第 2 个要素" in said[0]
    assert says in said[0]


def test_heights_and_other_members_are_left_out(district):
    high = [[x, y, 110.5] for x, y in SQUARE]
    assert imported(feature(high, code="street")).shapes.get().geometry["coordinates"] == [SQUARE]


def test_a_shape_too_small_for_the_sheet_is_refused(district):
    speck = [[113.6, 34.7], [113.6000001, 34.7], [113.6, 34.7000001], [113.6, 34.7]]
    [said] = refused(feature(NEXT_TO_IT, code="street"), feature(speck, code="town"))
    assert "第 2 个要素：“某镇”太小" in said


def test_every_problem_is_told_at_once(district):
    said = refused(
        feature(name="不存在"),
        feature(OPEN, code="street"),
        feature(OPEN, name="也不存在"),
        feature(code="town"),
        feature(name="某镇"),
        "不是要素",
        feature(OPEN),
    )
    numbers = [line.split(" ")[1] for line in said]
    assert numbers == ["1", "2", "3", "3", "6", "7", "7", "5"]
    assert "与第 4 个要素重复" in said[-1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "不是 JSON"),
        (b"<kml/>", "不是 JSON"),
        ("编".encode("gb18030"), "UTF-8"),
        (b"[" * 100_000, "不是 JSON"),
        (b"[]", "FeatureCollection"),
        (b'{"type": "Feature"}', "FeatureCollection"),
        (b'{"type": "FeatureCollection"}', "features"),
        (b'{"type": "FeatureCollection", "features": []}', "features"),
        (b" " * (LARGEST + 1), "超过 20 MB"),
    ],
)
def test_a_file_of_another_kind_is_refused(content, says, db):
    [said] = refused(content=content)
    assert says in said


def test_a_byte_order_mark_does_no_harm(district):
    assert imported(content=b"\xef\xbb\xbf" + collection(feature(code="street"))).shapes.count() == 1


class TestTheCommand:
    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "map.geojson"
        path.write_bytes(collection(feature(code="street"), feature(NEXT_TO_IT, name="某镇")))
        return str(path)

    def test_imports_and_says_what(self, file, district, capsys):
        call_command("import_boundary", file, title="某区地图", approval="豫S(2017)001号", by="reviewer")
        assert BoundaryMap.objects.in_use().imported_by == district.reviewer
        assert "2 个单位" in capsys.readouterr().out

    def test_lists_every_problem_and_changes_nothing(self, tmp_path, district):
        path = tmp_path / "map.geojson"
        path.write_bytes(collection(feature(name="不存在"), feature(OPEN, code="street")))
        with pytest.raises(CommandError) as refusal:
            call_command("import_boundary", str(path), title="某区地图", schematic=True)
        assert "没有导入" in str(refusal.value)
        assert str(refusal.value).count("\n  - ") == 2
        assert not BoundaryMap.objects.exists()

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"approval": "1号", "by": "nobody-here"}, "没有可用的用户"),
            ({"approval": "1号", "by": "leader"}, "不能导入"),
            ({}, "--approval"),
            ({"approval": "1号", "schematic": True}, "not allowed"),
        ],
    )
    def test_refuses_what_it_cannot_do(self, options, says, file, district):
        with pytest.raises(CommandError, match=says):
            call_command("import_boundary", file, title="某区地图", **options)

    def test_a_file_that_is_not_there(self, district):
        with pytest.raises(CommandError, match="读不了文件"):
            call_command("import_boundary", "/nowhere.geojson", title="图", schematic=True)
