from copy import copy

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_filters.filters import Filter
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


def _own(declared: Filter, filterset) -> Filter:
    """What django-filter changes of a filter in a request is where it belongs, and what its field is made with."""
    own = copy(declared)
    own.extra, own.model, own.parent = dict(declared.extra), filterset.queryset.model, filterset
    # A method is called through the filter that it was set on.
    own.method = declared.method
    return own


class StrictFilterBackend(DjangoFilterBackend):
    """The view's FilterSet on lists; what the views' ``query_parameters`` do not name never gets here."""

    def get_filterset(self, request, queryset, view):
        """With the filters that were asked for only, and without copying what nobody changes: to build all of them
        costs more than most answers."""
        chosen = self.get_filterset_class(view, queryset)
        if chosen is None:
            return None
        filterset = chosen.__new__(chosen)
        filterset.base_filters = {}
        filterset.__init__(**self.get_filterset_kwargs(request, queryset, view))
        known = chosen.base_filters
        filterset.filters = {name: _own(known[name], filterset) for name in request.query_params if name in known}
        return filterset

    def filter_queryset(self, request, queryset, view):
        filterset = None if getattr(view, "detail", False) else self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise ValidationError(filterset.errors.as_data())
        return filterset.qs
