"""Search keys for Chinese names: 王胡砦 is found by 胡砦, wanghuzhai and whz."""

import re

from pypinyin import Style, lazy_pinyin

from .numbers import half_width


def keys(name: str, override: str = "") -> tuple[str, str]:
    """(full pinyin, initials) of ``name``; ``override`` gives syllables separated by spaces for 多音字."""
    syllables = override.lower().split() or [s.lower() for s in lazy_pinyin(name, style=Style.NORMAL)]
    # Punctuation comes back as a syllable of its own; nobody types it when searching by pinyin.
    spoken = [letters for s in syllables if (letters := re.sub(r"[\W_]", "", s))]
    return "".join(spoken), "".join(letters[0] for letters in spoken)


def search_text(names: list[str], override: str = "") -> str:
    """One line for each way a name can be typed; the override belongs to the first name."""
    lines: list[str] = []
    for position, name in enumerate(filter(None, names)):
        lines += [half_width(name).lower(), *keys(name, override if position == 0 else "")]
    return "\n".join(dict.fromkeys(lines))
