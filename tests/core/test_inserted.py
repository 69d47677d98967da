"""Rows whose INSERT is put into SQL once are what Django's own would have made them."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Upper
from django.utils import timezone

from erqi.core.models import AuditEvent
from projects.models import ProgressReport
from tests.factories import ProjectFactory

pytestmark = pytest.mark.django_db


def given() -> dict:
    return {
        "project": ProjectFactory(),
        "year": 2017,
        "month": 3,
        "invested": Decimal("12.3456"),
        "physical_percent": Decimal("7.50"),
        "note": "百分之七 %s \"'",
        "authors": [3, 1],
        "findings": [{"code": "jump", "facts": {"times": "5"}}],
        "filed_at": timezone.now(),
    }


def test_every_column_is_read_as_it_was_written(monkeypatch):
    values = given()
    row = ProgressReport.objects.create(**values)
    assert row.pk
    monkeypatch.setattr(ProgressReport, "_do_insert", models.Model._do_insert)
    usual = ProgressReport.objects.create(**{**values, "month": 4})
    for column in ProgressReport._meta.concrete_fields:
        if column.attname not in {"id", "month", "recorded_at"}:
            found = [getattr(ProgressReport.objects.get(pk=made.pk), column.attname) for made in (row, usual)]
            assert found[0] == found[1], column.attname
    assert ProgressReport.objects.get(pk=row.pk).findings == values["findings"]


def test_an_expression_is_left_to_django():
    values = {"sequence": 7, "at": "2017", "action": "x", "hash": "h", "previous_hash": "p"}
    event = AuditEvent(**values, actor=Upper(models.Value("a")))
    event.save(force_insert=True)
    assert AuditEvent.objects.get(sequence=7).actor == "A"


def test_what_the_database_refuses_is_an_integrity_error():
    values = given()
    ProgressReport.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgressReport.objects.create(**values)
