"""What changed between two texts, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

# A number or a Latin word is one; Chinese has no spaces, so there a character is.
WORD = re.compile(r"[A-Za-z0-9.%％,]+|\s+|.", re.DOTALL)
CLAUSE = re.compile(r"[^，。；！？、\n]*[，。；！？、\n]?")
# Comparing costs up to the square of this: longer texts are compared by clauses.
MANY = 400


@dataclass(frozen=True)
class Piece:
    """``kind``: same, added or dropped."""

    kind: str
    text: str


def text_changes(before: str, after: str) -> list[Piece]:
    """The pieces of which ``after`` is made, with what was dropped of ``before`` where it stood."""
    old, new = WORD.findall(before), WORD.findall(after)
    long = max(len(old), len(new)) > MANY
    if long:
        old, new = CLAUSE.findall(before), CLAUSE.findall(after)
    pieces = []
    # Its shortcut for frequent words is what keeps long texts quick, and what spoils short Chinese ones.
    for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=long).get_opcodes():
        dropped, added = "".join(old[start:end]), "".join(new[new_start:new_end])
        if kind == "equal":
            pieces.append(Piece("same", added))
            continue
        pieces += [Piece("dropped", dropped)] if dropped else []
        pieces += [Piece("added", added)] if added else []
    return pieces
