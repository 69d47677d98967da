"""The wall: what visitors see from five metres. The server writes all slides; the browser turns and renews them."""

from django import forms
from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erqi.accounts.roles import Area
from erqi.core.words import listed
from erqi.dashboard.basis import Basis
from erqi.dashboard.page import page

from .screen_slides import VIEWS, Wall, slides_of

SECONDS, SHORTEST, LONGEST = 15, 5, 120


@page("dashboard/screen.html", area=Area.PROJECT, about=("baseline", "category", "unit"))
def view(request, basis: Basis):
    form = ScreenForm(request.GET)
    if not form.is_valid():
        return render(request, "dashboard/wrong_address.html", {"form": form}, status=400)
    wall = Wall(basis)
    return {
        "slides": [slide for name in form.cleaned_data["views"] for slide in slides_of(name, wall)],
        "seconds": form.cleaned_data["seconds"],
        "generated": timezone.now(),
        "found": wall.found,
    }


class ScreenForm(forms.Form):
    """How the wall turns."""

    wrong = _("每个画面停留 5–120 秒，请填写其间的整数。")
    seconds = forms.IntegerField(
        required=False,
        min_value=SHORTEST,
        max_value=LONGEST,
        error_messages={"invalid": wrong, "min_value": wrong, "max_value": wrong},
    )
    views = forms.CharField(required=False)

    def clean_seconds(self) -> int:
        return self.cleaned_data["seconds"] or SECONDS

    def clean_views(self) -> list[str]:
        """In the order asked for, each once; all of them where none is asked for."""
        asked = [name.strip() for name in self.cleaned_data["views"].split(",") if name.strip()]
        for name in asked:
            if name not in VIEWS:
                values = {"name": name, "known": listed(VIEWS)}
                raise ValidationError(_("没有名为“%(name)s”的画面，可选：%(known)s。"), params=values)
        return list(dict.fromkeys(asked)) or list(VIEWS)
