import pytest
from django.core.exceptions import ValidationError

from erqi.core import validators


def test_uscc_with_its_check_digit_is_accepted():
    validators.uscc("91350100M000100Y43")


def test_uscc_with_a_wrong_check_digit_names_the_right_one():
    with pytest.raises(ValidationError, match="末位应为 3"):
        validators.uscc("91350100M000100Y44")


@pytest.mark.parametrize("code", ["9135", "91350100M000100Y4I", "91350100m000100y43", "91350100M000100Y4３"])
def test_uscc_of_another_shape_is_refused(code):
    with pytest.raises(ValidationError, match="18 位"):
        validators.uscc(code)


@pytest.mark.parametrize("code", ["2017-410103-48-01-00123", "2017-410103-48-01-001234\n", "２017-410103-48-01-001234"])
def test_approval_code_shape(code):
    validators.approval_code("2017-410103-48-01-001234")
    with pytest.raises(ValidationError, match="4-6-2-2-6"):
        validators.approval_code(code)


@pytest.mark.parametrize("text", ["a\x00b", "甲\u202e乙", "甲\u2066乙", "\x1b[0m", "\ufeff甲"])
def test_control_and_direction_characters_are_refused_with_their_place(text):
    with pytest.raises(ValidationError, match="控制字符"):
        validators.plain_text(text)


def test_ordinary_text_passes_even_beyond_the_basic_plane():
    validators.plain_text("王胡砦\n第二行\t𠮷〇")
