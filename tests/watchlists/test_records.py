import pytest

from screening.watchlists.formats.countries import country_code
from screening.watchlists.formats.records import birth_dates, split_also_known


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("21 Nov 1969", ("1969-11-21",)),
        ("Nov 1969", ("1969-11",)),
        ("1969", ("1969",)),
        ("circa 1969", ("1969",)),
        ("1969 to 1971", ("1969", "1970", "1971")),
        ("1965-04-29 or 1966-04-29", ("1965-04-29", "1966-04-29")),
        ("born in the early 1950s", ()),
        ("1969-13-45", ("1969",)),
        ("", ()),
        (None, ()),
    ],
)
def test_dates_of_birth_are_read_as_publishers_write_them(text: str | None, dates: tuple[str, ...]) -> None:
    assert birth_dates(text) == dates


@pytest.mark.parametrize(
    ("text", "name", "also"),
    [
        ("Sample Centre (also known as Example Centre)", "Sample Centre", ["Example Centre"]),
        ("FUYI SUN A/K/A FRANK SUN", "FUYI SUN", ["FRANK SUN"]),
        ("PEARL (A.K.A. NEI-CHIEN CHU) LI", "PEARL LI", ["NEI-CHIEN CHU"]),
        ("NAKA AKASAKA", "NAKA AKASAKA", []),
    ],
)
def test_other_names_inside_a_name_are_taken_out(text: str, name: str, also: list[str]) -> None:
    assert split_also_known(text) == (name, also)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Russia", "RU"),
        ("Korea, North", "KP"),
        ("Democratic Republic of the Congo", "CD"),
        ("Cote d Ivoire", "CI"),
        ("ng", "NG"),
        ("IDN", "ID"),
        ("Region: Gaza", "PS"),
        ("Atlantis", None),
        ("", None),
        (None, None),
    ],
)
def test_countries_are_known_under_the_names_publishers_use(text: str | None, code: str | None) -> None:
    assert country_code(text) == code
