"""Fields that forms about what we know have in common."""

from __future__ import annotations

from typing import Any

from django import forms


class Text(forms.CharField):
    """Several lines of free text, which a browser's line ends don't change."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.to_python(initial), self.to_python(data))


def date_field(**details: Any) -> forms.DateField:
    """A date, with the calendar that browsers bring."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **details)
