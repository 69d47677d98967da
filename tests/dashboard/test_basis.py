"""The bar that says what a page is about."""

import pytest
from django.forms import Select
from django.test.html import parse_html

from erqi.dashboard.basis import NameSelect

CHOICES = [("", "全部"), ("a", "甲 <b>"), ("b", "乙 & “丙”")]


@pytest.mark.parametrize("value", ["", "a", "nobody's", None])
def test_names_are_offered_as_django_writes_them_and_say_their_language(value):
    about = {"id": "basis-unit", "required": True, "aria-invalid": "true"}
    ours, usual = (kind(choices=CHOICES).render("unit", value, about) for kind in (NameSelect, Select))
    assert parse_html(ours.replace(' lang="zh-Hans"', "")) == parse_html(usual)
    assert ours.count(' lang="zh-Hans"') == 2
