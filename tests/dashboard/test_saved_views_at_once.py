"""Saved views, from several windows at the same moment."""

from collections import Counter
from functools import partial

import pytest
from django.core.exceptions import ValidationError

from projects.models import SavedView
from projects.services.saved_views import rename_view, save_view
from tests import factories
from tests.threads import together


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_windows_cannot_give_the_same_name():
    user = factories.UserFactory()
    views = [save_view(by=user, name=name, query="") for name in ("甲", "乙", "丙")]
    renaming = [partial(rename_view, view, name="同名") for view in views]
    outcomes = together(*renaming, partial(save_view, by=user, name="同名", query=""))
    assert Counter(type(outcome) for outcome in outcomes) == {SavedView: 1, ValidationError: 3}
