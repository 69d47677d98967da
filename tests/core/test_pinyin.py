from erqi.core.pinyin import search_text


def test_a_name_is_stored_as_written_as_full_pinyin_and_as_initials():
    assert search_text(["王胡砦"]).split("\n") == ["王胡砦", "wanghuzhai", "whz"]


def test_an_override_replaces_the_reading_of_the_first_name_only():
    assert search_text(["长葛", "长江"], "chang ge").split("\n") == [
        "长葛",
        "changge",
        "cg",
        "长江",
        "changjiang",
        "cj",
    ]


def test_empty_names_leave_no_line():
    assert search_text(["", "甲"]) == "甲\njia\nj"


def test_punctuation_is_not_spoken():
    assert search_text(["二七新区南、北安置区（二期）"]).split("\n")[2] == "eqxqnbazqeq"
