"""One person is one person in whatever script a bank or a list writes the name, as far as letters carry it."""

from pathlib import Path

import pytest

from screening.names.entity import NameQuery
from screening.names.index import NameIndex, build_index
from screening.names.thresholds import counts
from tests.names.conftest import listed

LISTED = (
    "Narendra Modi", "Bashar al-Assad", "Aleksandr Lukashenko", "Eleftherios Venizelos", "Xi Jinping",
    "Ali Khamenei", "Volodymyr Zelenskyy", "Gazprom Neft PAO", "Muhammad Hussein", "Ramzan Kadyrov",
    "Nikol Pashinyan", "Mikheil Saakashvili", "Sergei Shoigu", "Abdul Rahman Yasin", "Alrosa AO", "Sheikh Hasina",
)  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> NameIndex:
    directory: Path = tmp_path_factory.mktemp("scripts") / "g"
    build_index([listed(name, name) for name in LISTED], directory, generation="1")
    return NameIndex.open(directory)


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("नरेन्द्र मोदी", "Narendra Modi"),
        ("नरेंद्र मोदी", "Narendra Modi"),
        ("শেখ হাসিনা", "Sheikh Hasina"),
        ("بشار الأسد", "Bashar al-Assad"),
        ("علي خامنئي", "Ali Khamenei"),
        ("محمد حسين", "Muhammad Hussein"),
        ("عبد الرحمن ياسين", "Abdul Rahman Yasin"),
        ("عبدالرحمن ياسين", "Abdul Rahman Yasin"),
        ("Александр Лукашенко", "Aleksandr Lukashenko"),
        ("Володимир Зеленський", "Volodymyr Zelenskyy"),
        ("Сергей Шойгу", "Sergei Shoigu"),
        ("Рамзан Кадыров", "Ramzan Kadyrov"),
        ("Ελευθέριος Βενιζέλος", "Eleftherios Venizelos"),
        ("Նիկոլ Փաշինյան", "Nikol Pashinyan"),
        ("მიხეილ სააკაშვილი", "Mikheil Saakashvili"),
        ("习近平", "Xi Jinping"),
        ("習近平", "Xi Jinping"),
        ("Публичное акционерное общество Газпром нефть", "Gazprom Neft PAO"),
        ("ПАО «Газпром нефть»", "Gazprom Neft PAO"),
        ("Акционерное общество Алроса", "Alrosa AO"),
    ],
)
def test_a_name_in_another_script_is_found(index: NameIndex, written: str, reference: str) -> None:
    matches = [match for match in index.search(NameQuery(written)).matches if counts(match)]
    assert [match.reference for match in matches] == [reference]


def test_the_list_may_be_in_the_other_script(tmp_path: Path) -> None:
    build_index([listed("1", "محمد حسين")], tmp_path / "g", generation="1")
    assert counts(NameIndex.open(tmp_path / "g").search(NameQuery("Mohamed Hussain")).matches[0])
