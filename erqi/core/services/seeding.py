"""Fixtures into the database, at every start: what people changed or deleted since stays as they left it.

A fixture speaks only for the fields it names. A row is ours while those fields hold what we loaded; then it
follows the fixture. Once people have changed one of them, the row is theirs.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, auto
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers import python
from django.core.serializers.base import DeserializationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from ..models import SeededRow
from . import audit

# The parser in C, where PyYAML was built with it, takes a tenth of the time.
YamlLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


# Codes of the errors that say: somebody else has this name or number already.
TAKEN = {"unique", "unique_together"}
# What is kept beside the rows of a model and has to follow them, in the same transaction.
FOLLOWED_BY = {"projects.project": "projects.services.totals.rewrite"}


class SeedingError(Exception):
    """A fixture that cannot be loaded; names the file and says what is wrong."""

    def __init__(self, file: str, problem: str):
        super().__init__(f"{file}：{problem}")


class Clash(Exception):
    """People have a row of their own that leaves no room for ours."""


class Fate(Enum):
    SAME = auto()
    CREATED = auto()
    UPDATED = auto()
    EDITED = auto()
    DELETED = auto()
    CLASHING = auto()


@dataclass(frozen=True)
class Entry:
    file: str
    model: type[models.Model]
    values: dict[str, Any]
    plain: dict[str, Any]
    key: str

    def __str__(self) -> str:
        return f"{self.model._meta.verbose_name} {'/'.join(map(str, json.loads(self.key)))}"

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    def references(self) -> Iterator[tuple[str, str]]:
        for name, value in self.plain.items():
            column: Any = self.model._meta.get_field(name)
            if column.is_relation and value is not None:
                for key in value if column.many_to_many else [value]:
                    yield column.related_model._meta.label_lower, text(key)


@dataclass
class Outcome:
    """Which rows met which fate, by name; ``absent`` are the rows that later ones cannot refer to."""

    rows: dict[Fate, list[str]] = field(default_factory=lambda: {fate: [] for fate in Fate})
    absent: set[tuple[str, str]] = field(default_factory=set)
    written: Counter[str] = field(default_factory=Counter)
    first_written: models.Model | None = None

    def count(self, fate: Fate) -> int:
        return len(self.rows[fate])


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def digest(plain: dict[str, Any]) -> str:
    return hashlib.sha256(text(plain).encode()).hexdigest()


# Reading ------------------------------------------------------------------------------------------


def read(directory: Path) -> list[Entry]:
    files = sorted(directory.glob("*.yaml"))
    if not files:
        raise SeedingError(str(directory), "没有 .yaml 文件 / has no .yaml files")
    entries = [entry for file in files for entry in read_file(file)]
    for (label, key), number in Counter((entry.label, entry.key) for entry in entries).items():
        if number > 1:
            files_with_it = "、".join(sorted({e.file for e in entries if (e.label, e.key) == (label, key)}))
            raise SeedingError(files_with_it, f"{label} {key} 出现 {number} 次 / occurs {number} times")
    return entries


def read_file(file: Path) -> list[Entry]:
    try:
        rows = yaml.load(file.read_text(encoding="utf-8"), Loader=YamlLoader)  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SeedingError(file.name, f"不是有效的 YAML / is not valid YAML: {error}") from error
    if not isinstance(rows or [], list):
        raise SeedingError(file.name, "应为列表 / must be a list")
    return [read_entry(file.name, number, row) for number, row in enumerate(rows or [], 1)]


def read_entry(file: str, number: int, row: Any) -> Entry:
    try:
        model, values = apps.get_model(row["model"]), row["fields"]
        if len(row) > 2 or not values:
            raise ValueError("只写 model 和 fields / give model and fields only")
        plain = {name: plain_value(model._meta.get_field(name), value) for name, value in values.items()}
        return Entry(file, model, values, plain, text(natural_key(model, plain)))
    except KeyError as error:
        problem = f"缺少 {error} / {error} is missing"
    except ValidationError as error:
        problem = "；".join(error.messages)
    except (LookupError, FieldDoesNotExist, TypeError, ValueError, AttributeError) as error:
        problem = str(error)
    raise SeedingError(file, f"第 {number} 条 / entry {number}: {problem}")


def natural_key(model: type[models.Model], plain: dict[str, Any]) -> list[Any]:
    """The same list as ``row.natural_key()``, before there is a row."""
    key: list[Any] = []
    for name in dict.fromkeys(path.partition("__")[0] for path in natural_fields(model)):
        key += plain[name] if isinstance(plain[name], list) else [plain[name]]
    return key


def natural_fields(model: type[models.Model]) -> tuple[str, ...]:
    manager: Any = model._default_manager
    return manager.natural_fields


def plain_value(column: Any, value: Any) -> Any:
    """One spelling for each value, so that 31, "31.0" and Decimal("31.0000") compare equal."""
    if column.many_to_many:
        return sorted(value)
    if column.is_relation or value is None or isinstance(column, models.JSONField):
        return value
    if isinstance(column, models.DecimalField) and isinstance(value, float):
        raise ValidationError(f"小数请加引号：{column.name} / put decimals in quotes: {column.name}")
    value = column.to_python(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value if isinstance(value, bool | int | str) else str(value)


def plain_row(row: models.Model, names: list[str]) -> dict[str, Any]:
    return {name: plain_column(row, row._meta.get_field(name)) for name in names}


def plain_column(row: models.Model, column: Any) -> Any:
    if column.many_to_many:
        return sorted(list(other.natural_key()) for other in getattr(row, column.name).all())
    if column.is_relation:
        other = getattr(row, column.name)
        return None if other is None else list(other.natural_key())
    return plain_value(column, column.value_from_object(row))


# Loading ------------------------------------------------------------------------------------------


@transaction.atomic
def load(directory: Path, *, by: Any = None) -> Outcome:
    outcome = Outcome()
    for model, entries in groupby(read(directory), key=lambda entry: entry.model):
        load_model(model, list(entries), outcome)
    if outcome.first_written:
        counts = {fate.name.lower(): str(outcome.count(fate)) for fate in Fate}
        written = {label: str(number) for label, number in outcome.written.items()}
        audit.record("fixtures.load", outcome.first_written, by=by, after=counts | written)
        for label in FOLLOWED_BY.keys() & written.keys():
            import_string(FOLLOWED_BY[label])()
    return outcome


def load_model(model: type[models.Model], entries: list[Entry], outcome: Outcome) -> None:
    rows = existing_rows(model, entries)
    marks = {mark.key: mark for mark in SeededRow.objects.filter(model=model._meta.label_lower)}
    for entry in entries:
        row, mark = rows.get(entry.key), marks.get(entry.key)
        fate = decide(entry, row, mark, outcome.absent)
        if fate in (Fate.CREATED, Fate.UPDATED):
            fate = write(entry, row, fate, outcome)
        elif fate is Fate.SAME and (mark is None or mark.digest != digest(entry.plain)):
            remember(entry)
        if fate in (Fate.DELETED, Fate.CLASHING):
            outcome.absent.add((entry.label, entry.key))
        outcome.rows[fate].append(f"{entry} {row}" if row else str(entry))


def existing_rows(model: type[models.Model], entries: list[Entry]) -> dict[str, models.Model]:
    """The rows that the entries name, with what comparing them needs, in two or three statements."""
    named = {name for entry in entries for name in entry.plain}
    columns: list[Any] = [column for column in map(model._meta.get_field, named) if column.is_relation]
    single: list[Any] = [column.name for column in columns if not column.many_to_many]
    wanted = {f"{natural_fields(model)[0]}__in": {json.loads(entry.key)[0] for entry in entries}}
    rows: Any = model._default_manager.filter(**wanted).select_for_update(of=("self",), no_key=True)
    rows = rows.select_related(*single or [None])
    rows = rows.prefetch_related(*[c.name for c in columns if c.many_to_many])
    return {text(row.natural_key()): row for row in rows}


def decide(entry: Entry, row: models.Model | None, mark: SeededRow | None, absent: set[tuple[str, str]]) -> Fate:
    if row is None:
        # What referred to a deleted row goes with it; a new entry that refers to one cannot be made.
        gone = mark is not None or not absent.isdisjoint(entry.references())
        return Fate.DELETED if gone else Fate.CREATED
    if plain_row(row, list(entry.plain)) == entry.plain:
        return Fate.SAME
    ours = mark is not None and digest(plain_row(row, mark.field_names.split())) == mark.digest
    return Fate.UPDATED if ours and absent.isdisjoint(entry.references()) else Fate.EDITED


def write(entry: Entry, row: models.Model | None, fate: Fate, outcome: Outcome) -> Fate:
    try:
        row = save(entry, row)
    except Clash:
        return Fate.CLASHING
    except (DeserializationError, ValidationError) as error:
        problem = "；".join(error.messages) if isinstance(error, ValidationError) else str(error)
        raise SeedingError(entry.file, f"{entry}: {problem}") from error
    remember(entry)
    outcome.written[entry.label] += 1
    outcome.first_written = outcome.first_written or row
    return fate


def save(entry: Entry, row: Any) -> models.Model:
    """Through the model's own ``save``, so that search text and history are filled as for anybody's edit."""
    [built] = python.Deserializer([{"model": entry.label, "fields": entry.values}])
    reason = "首次装载" if row is None else "按新的装载文件更新"
    row = built.object if row is None else copy_fields(built.object, row, entry)
    row._change_reason = reason
    try:
        row.full_clean()
    except ValidationError as error:
        if {problem.code for problems in error.error_dict.values() for problem in problems} <= TAKEN:
            raise Clash from error
        raise
    row.save()
    for name, others in built.m2m_data.items():
        getattr(row, name).set(others)
    return row


def copy_fields(source: models.Model, row: models.Model, entry: Entry) -> models.Model:
    for column in row._meta.concrete_fields:
        if column.name in entry.values:
            setattr(row, column.attname, getattr(source, column.attname))
    return row


def remember(entry: Entry) -> None:
    SeededRow.objects.update_or_create(
        model=entry.label,
        key=entry.key,
        defaults={
            "field_names": " ".join(entry.plain),
            "digest": digest(entry.plain),
            "loaded_at": timezone.now(),
        },
    )
