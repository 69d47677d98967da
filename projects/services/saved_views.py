"""A reader's saved views of the register. They are the reader's own and change no figure, so the audit trail leaves
them out."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from erqi.accounts.models import User
from projects.models import SavedView


@transaction.atomic
def save_view(*, by: User, name: str, query: str) -> SavedView:
    """A new view; ``ValidationError`` if the name is taken, or there are too many."""
    _hold(by.pk)
    if by.saved_views.count() >= SavedView.MOST:
        raise ValidationError(_("最多保存 %(n)s 个视图，请先删除不用的。") % {"n": SavedView.MOST}, code="too_many")
    return _written(SavedView(user=by, query=query), name)


@transaction.atomic
def rename_view(view: SavedView, *, name: str) -> SavedView:
    """``ValidationError`` also where another window has deleted it meanwhile."""
    _hold(view.user_id)
    standing = SavedView.objects.filter(pk=view.pk).first()
    if standing is None:
        raise ValidationError(_("这个视图刚被删除。"), code="gone")
    return _written(standing, name)


def remove_view(view: SavedView) -> None:
    view.delete()


def _hold(user: int) -> None:
    """So that two windows cannot both save the last one allowed, or take the same name."""
    User.objects.select_for_update(no_key=True).get(pk=user)


def _written(view: SavedView, name: str) -> SavedView:
    view.name = " ".join(name.split())
    view.full_clean()
    view.save()
    return view
