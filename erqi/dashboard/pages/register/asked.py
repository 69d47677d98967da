"""The parameters of the register's address: each once, none empty, so that one view has one address."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import QueryDict

from projects.filtersets import ProjectFilterSet

# What the figures are about; the page's own form reads these.
WHEN = ("year", "month", "baseline", "as_of")
FILTERS = tuple(name for name in ProjectFilterSet.base_filters if name not in WHEN)
# Boxes ticked in a form come once each; an address lists them with commas.
SEVERAL = ("light", "columns")
SIZES = (20, 50, 100)
DEFAULT_SIZE = 50
# What a saved view keeps, whether or not it keeps the month.
LASTING = (*FILTERS, "sort", "columns", "size", "baseline")
KNOWN = (*LASTING, "year", "month", "as_of", "cursor")


def parameters(query: QueryDict) -> dict[str, str]:
    found = {name: _value(name, query.getlist(name)) for name in KNOWN if name in query}
    return {name: value for name, value in found.items() if value}


def _value(name: str, given: list[str]) -> str:
    # No name holds a null character, and the databases refuse to look for it.
    given = [value.strip().replace("\0", "�") for value in given]
    return ",".join(value for value in given if value) if name in SEVERAL else given[-1]


def tidied(query: QueryDict) -> str | None:
    """The address without what a form sent empty or several times; None if there is nothing to tidy."""
    untidy = any(len(values) > 1 or not values[0].strip() for name, values in query.lists() if name in KNOWN)
    return address(parameters(query)) if untidy else None


def address(values: Mapping[str, str]) -> str:
    return urlencode({name: values[name] for name in KNOWN if values.get(name)})
