import pytest
from django.core.exceptions import ValidationError

from tests.factories import HonourFactory

pytestmark = pytest.mark.django_db


def refusal(honour) -> str:
    with pytest.raises(ValidationError) as refused:
        honour.full_clean()
    return str(refused.value.message_dict["same_event"])


def test_honours_of_one_event_name_the_same_one():
    first = HonourFactory()
    HonourFactory(same_event=first).full_clean()
    HonourFactory(same_event=first).full_clean()


def test_an_honour_is_not_of_one_event_with_itself():
    honour = HonourFactory()
    honour.same_event = honour
    assert "自己" in refusal(honour)


def test_an_honour_named_by_another_names_none_itself():
    first, second = HonourFactory(title="甲"), HonourFactory(title="乙")
    HonourFactory(same_event=first)
    first.same_event = second
    assert "“乙”" in refusal(first)


def test_the_honour_named_is_the_first_of_its_event():
    first = HonourFactory(title="甲")
    second = HonourFactory(title="乙", same_event=first)
    assert "“甲”" in refusal(HonourFactory(same_event=second))
