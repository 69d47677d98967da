"""What a spreadsheet would run is found in written CSV wherever it stands."""

from hypothesis import example, given
from hypothesis import strategies as st

from erqi.core.exports import _guarded, _lines, _safe

TEXT = st.text(alphabet='=+-@＝＋－＠a1.,"\n\r\t \u3000', max_size=6)
ROWS = st.lists(st.tuples(st.none() | TEXT | st.integers() | st.booleans(), TEXT), max_size=4)


@given(rows=ROWS)
@example(rows=[("a", "-5.0000"), ("=", "")])
@example(rows=[("a", ""), ("\u3000-1", "")])
def test_looking_at_the_whole_table_misses_no_cell(rows):
    assert _guarded(rows) == _lines([map(_safe, row) for row in rows])
