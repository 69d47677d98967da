from datetime import date

import pytest

from awards.models import CommitmentLetter, Honour
from erqi.core.models import AuditEvent
from tests import factories
from tests.core.admin.pages import address, refusals, send


@pytest.mark.parametrize(
    ("precision", "printed"), [("day", "2016-11-05"), ("month", "2016-11"), ("year", "2016")], ids=str
)
def test_a_date_is_shown_only_as_finely_as_it_is_known(root_client, precision, printed):
    factories.HonourFactory(awarded_on=date(2016, 11, 5), date_precision=precision)
    page = root_client.get(address(Honour, "changelist")).content.decode()
    assert f'<td class="field-date_shown">{printed}</td>' in page


def test_date_and_precision_go_together(root_client, district):
    honour = factories.HonourFactory()
    answer = send(root_client, address(honour, "change"), awarded_on="2016-11-01")
    assert "要选日期精度" in " ".join(refusals(answer))


def test_contributions_are_kept_with_the_honour(root_client, district):
    honour = factories.HonourFactory()
    boxes = {
        "contributions__TOTAL_FORMS": "2",
        "contributions__0__unit": str(district.street.pk),
        "contributions__0__part": "lead",
        "contributions__1__unit": str(district.street.pk),
        "contributions__1__part": "supporting",
    }
    assert refusals(send(root_client, address(honour, "change"), **boxes))
    boxes |= {"contributions__1__unit": str(district.town.pk)}
    assert send(root_client, address(honour, "change"), **boxes).status_code == 302
    assert honour.contributions.count() == 2


@pytest.mark.parametrize(("who", "status"), [("honours", 302), ("reviewer", 302), ("reporter", 403), ("leader", 403)])
def test_who_keeps_the_honours(client, district, who, status):
    honour = factories.HonourFactory()
    client.force_login(getattr(district, who))
    assert send(client, address(honour, "change"), title="新称号").status_code == status
    assert AuditEvent.objects.filter(action="honour.change").exists() == (status == 302)


def test_letters_are_a_sheet_of_units_by_year(root_client, district):
    for unit, handed_in in ((district.street, True), (district.town, False), (district.station, None)):
        factories.CommitmentLetterFactory(unit=unit, handed_in=handed_in)
    found = root_client.get(address(CommitmentLetter, "changelist"), {"year": 2017, "handed_in__exact": 0})
    assert [letter.unit for letter in found.context["cl"].result_list] == [district.town]


def test_a_dated_letter_has_been_handed_in(root_client, district):
    letter = factories.CommitmentLetterFactory(unit=district.street)
    answer = send(root_client, address(letter, "change"), handed_in="false", handed_in_on="2017-02-01")
    assert "应标为已递交" in " ".join(refusals(answer))
