"""Admin pages as a browser has them: what a form holds when it is opened, and how it is sent back."""

from html.parser import HTMLParser

from django.contrib.admin import site
from django.urls import reverse


class Boxes(HTMLParser):
    """Names and values of everything a browser would send of the forms on a page."""

    def __init__(self):
        super().__init__()
        self.values: dict[str, str | list[str]] = {}
        self.area = self.select = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name")
        if tag == "input" and name and given.get("type") not in {"submit", "search"}:
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self.values[name] = given.get("value", "on" if given.get("type") == "checkbox" else "")
        elif tag == "textarea":
            self.area, self.values[name] = name, ""
        elif tag == "select":
            self.select, self.multiple = name, "multiple" in given
            self.values[name] = [] if self.multiple else ""
        elif tag == "option" and self.select and "selected" in given:
            value = given.get("value", "")
            self.values[self.select] = [*self.values[self.select], value] if self.multiple else value

    def handle_data(self, data):
        if self.area:
            self.values[self.area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            # The line break after the tag is not part of the value.
            self.values[self.area] = self.values[self.area].removeprefix("\r\n").removeprefix("\n")
            self.area = None
        elif tag == "select":
            self.select = None


def boxes(response) -> dict:
    parser = Boxes()
    parser.feed(response.content.decode())
    left_out = {"csrfmiddlewaretoken", "next", "language"}
    return {name: value for name, value in parser.values.items() if name not in left_out and "__prefix__" not in name}


def address(model_or_row, page: str) -> str:
    opts = model_or_row._meta
    args = [] if page in {"changelist", "add"} else [model_or_row.pk]
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)


def send(client, url: str, /, **changes):
    """Open the form at ``url``, change some boxes (``__`` in a name stands for ``-``), and save."""
    return client.post(url, opened(client, url) | {name.replace("__", "-"): v for name, v in changes.items()})


def opened(client, url: str) -> dict:
    return boxes(client.get(url)) | {"_continue": "1"}


def refusals(response) -> list[str]:
    """Every error on the page, in order."""
    errors = [*response.context["adminform"].form.errors.values()]
    for inline in response.context["inline_admin_formsets"]:
        errors += [inline.formset.non_form_errors(), *(e for form in inline.formset.errors for e in form.values())]
    return [str(message) for found in errors for message in found]


def registered() -> list:
    return sorted(site._registry, key=lambda model: model._meta.label)
