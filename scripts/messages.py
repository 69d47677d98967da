"""The English catalogue: `make` collects strings, `compile` writes the .mo, `check` finds what is missing.

Chinese is the language of the source, so English is the only catalogue.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

BASE_DIR = Path(__file__).resolve().parent.parent
CATALOGUE = Path("erqi/locale/en/LC_MESSAGES/django.po")
# Line numbers would make every change of code a change of the catalogue.
MAKEMESSAGES = ["makemessages", "--locale=en", "--no-obsolete", "--no-wrap", "--add-location=file"]
IGNORED = [f"--ignore={name}" for name in (".venv", "node_modules", "var", "tests", "scripts", "bench")]

GETTEXT = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}


def make_messages(directory: Path) -> None:
    (directory / CATALOGUE.parent).mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "manage.py", *MAKEMESSAGES, *IGNORED, "--verbosity=0"],
        cwd=directory,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )


def compile_messages() -> None:
    path = BASE_DIR / CATALOGUE
    polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))


def copy_of_the_source(directory: Path) -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=BASE_DIR,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listing.stdout.split("\0")):
        source, target = BASE_DIR / name, directory / name
        if source.suffix in {".py", ".html", ".txt", ".po"} and source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def missing_translations() -> list[str]:
    if not shutil.which("xgettext"):
        print("未安装 gettext，只检查现有词条 / no gettext here: only the collected strings are checked")
        return problems(polib.pofile(str(BASE_DIR / CATALOGUE)))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        copy_of_the_source(directory)
        make_messages(directory)
        return problems(polib.pofile(str(directory / CATALOGUE)))


def problems(catalogue: polib.POFile) -> list[str]:
    untranslated = [f"untranslated: {entry.msgid}" for entry in catalogue.untranslated_entries()]
    return untranslated + [f"fuzzy: {entry.msgid}" for entry in catalogue.fuzzy_entries()]


def hidden_in_f_strings() -> list[str]:
    """xgettext before 0.23 does not look inside f-strings, so such a text would silently stay Chinese."""
    return [
        f"{path}:{call.lineno}: gettext inside an f-string is not collected"
        for package in ("erqi", "projects", "awards")
        for path in sorted((BASE_DIR / package).rglob("*.py"))
        for string in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in GETTEXT
    ]


def hidden_behind_a_name() -> list[str]:
    """xgettext knows gettext by its own names and as ``_``; what is called by another name stays Chinese."""
    return [
        f"{path}:{line.lineno}: gettext is not collected under the name {name.asname}"
        for package in ("erqi", "projects", "awards")
        for path in sorted((BASE_DIR / package).rglob("*.py"))
        for line in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(line, ast.ImportFrom) and line.module == "django.utils.translation"
        for name in line.names
        if name.name in GETTEXT and name.asname not in {None, "_"}
    ]


def check_messages() -> None:
    found = missing_translations() + hidden_in_f_strings() + hidden_behind_a_name()
    if found:
        sys.exit("\n".join([*found, f"{len(found)} 条未译；运行 make messages 后补全 / strings without English"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["make", "compile", "check"])
    action = parser.parse_args().action
    if action == "check":
        check_messages()
        return
    if action == "make":
        make_messages(BASE_DIR)
    compile_messages()


if __name__ == "__main__":
    main()
