from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers

from ..words import listed


def check_parameters(query, allowed) -> None:
    """Refuses a parameter that is unknown, repeated or empty: each would otherwise answer with every row."""
    errors = {name: [fault] for name in query if (fault := _fault(query.getlist(name), name in allowed, allowed))}
    if errors:
        raise serializers.ValidationError(errors, code="invalid_parameter")


def _fault(values: list[str], known: bool, allowed) -> str | None:  # noqa: FBT001
    if not known:
        names = listed(sorted(allowed)) or _("无")
        return _("没有这个参数。可用的参数：%(names)s。") % {"names": names}
    if len(values) > 1:
        return _("参数只能出现一次。")
    return None if values[0].strip() else _("参数是空的；不按它筛选时请去掉。")


class StrictFilterBackend(DjangoFilterBackend):
    """The view's FilterSet on lists; what the views' ``query_parameters`` do not name never gets here."""

    def filter_queryset(self, request, queryset, view):
        filterset = None if getattr(view, "detail", False) else self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise ValidationError(filterset.errors.as_data())
        return filterset.qs
