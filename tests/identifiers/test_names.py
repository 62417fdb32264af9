"""Names as account names write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idptest.identifiers.names import letters, plain


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Åsa Öström", "asaostrom"),
        ("Łukasz", "lukasz"),
        ("Žužana Čapek-Öst", "zuzanacapekost"),
        ("Søren Ærø", "sorenaero"),
        ("Strauß", "strauss"),
        ("Þór", "thor"),
        ("Борис", "boris"),
        ("Юлия", "iuliia"),
        ("Γιώργος", "giorgos"),
        ("İpek Yılmaz", "ipekyilmaz"),
        ("Nguyễn", "nguyen"),
        ("D'Arc", "darc"),
        ("يوسف", ""),
        ("王", ""),
        ("", ""),
    ],
)
def test_letters(name: str, written: str) -> None:
    assert letters(name) == written


@given(st.text(max_size=60))
def test_anything_is_written_in_a_to_z_or_not_at_all(name: str) -> None:
    assert all("a" <= char <= "z" for char in letters(name))
    plain(name)
