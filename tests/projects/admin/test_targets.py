"""What became of a target, entered in the admin."""

import pytest

from erqi.core.models import AuditEvent
from tests import factories
from tests.core.admin.pages import address, refusals, send

BOXES = {"actual": "１２.5", "actual_on": "2017-06-30", "actual_source": "住建局 6 月报表"}


def test_an_actual_is_signed_by_who_enters_it(signed_in, district):
    target = factories.TargetFactory()
    assert send(signed_in(district.reviewer), address(target, "change"), **BOXES).status_code == 302
    target.refresh_from_db()
    assert (str(target.actual), target.actual_source, target.actual_by) == (
        "12.5000",
        "住建局 6 月报表",
        district.reviewer,
    )
    assert AuditEvent.objects.filter(action="target.change").exists()
    cleared = dict.fromkeys(BOXES, "")
    assert send(signed_in(district.reviewer), address(target, "change"), **cleared).status_code == 302
    target.refresh_from_db()
    assert (target.actual, target.actual_by) == (None, None)


def test_a_change_of_something_else_does_not_sign_it(signed_in, district, root):
    target = factories.TargetFactory(actual=4, actual_on="2017-06-30", actual_source="某表", actual_by=root)
    send(signed_in(district.reviewer), address(target, "change"), note="说明")
    target.refresh_from_db()
    assert (target.note, target.actual_by) == ("说明", root)


@pytest.mark.parametrize(
    "boxes",
    [
        {"actual": "4"},
        {"actual_source": "某表"},
        {**BOXES, "measure": "invested"},
        {**BOXES, "actual_on": "2099-01-01"},
    ],
)
def test_half_an_actual_is_refused(signed_in, district, boxes):
    target = factories.TargetFactory()
    assert refusals(send(signed_in(district.reviewer), address(target, "change"), **boxes))


def test_the_list_shows_what_is_known(signed_in, district):
    factories.TargetFactory(actual=4, unit_of_measure="条", actual_on="2017-06-30", actual_source="某表")
    factories.TargetFactory(measure="invested")
    page = signed_in(district.leader).get(address(factories.TargetFactory(), "changelist")).content.decode()
    for shown in ("4 条", "本年完成投资", "—"):
        assert f'<td class="field-actual_shown">{shown}</td>' in page
