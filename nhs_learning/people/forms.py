"""Forms about oneself: allauth's, in our words, and being away."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from allauth.account import forms as allauth
from django import forms

from nhs_learning.people.models import User
from nhs_learning.record import clock

_LONG = "Three or four words that belong to nobody but you: 12 characters at least."
_ADDRESS = ("E-mail address", "Give your work e-mail address.", "")


class _InOurWords(forms.Form):
    """A form whose fields are called what the words say: label, what is said where it is left empty, hint."""

    words: ClassVar[dict[str, tuple[str, str, str]]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, missing, hint) in self.words.items():
            field = self.fields[name]
            field.label, field.help_text, field.error_messages["required"] = label, hint, missing


class _ChosenTwice(_InOurWords):
    def clean(self) -> dict[str, Any]:
        first, second = (self.cleaned_data.get(name) for name in ("password1", "password2"))
        if first and second and first != second:
            self.add_error("password2", "This is not the same as the one above. Type both again.")
        return self.cleaned_data


class SignIn(_InOurWords, allauth.LoginForm):
    words: ClassVar = {"login": _ADDRESS, "password": ("Passphrase", "Give your passphrase.", "")}


class ForgottenPassphrase(_InOurWords, allauth.ResetPasswordForm):
    words: ClassVar = {"email": _ADDRESS}


class NewPassphrase(_ChosenTwice, allauth.ResetPasswordKeyForm):
    words: ClassVar = {
        "password1": ("New passphrase", "Choose a new passphrase.", _LONG),
        "password2": ("New passphrase again", "Type the new passphrase again.", ""),
    }


class ChangePassphrase(_ChosenTwice, allauth.ChangePasswordForm):
    words: ClassVar = {"oldpassword": ("Passphrase until now", "Give the passphrase that you have now.", "")} | (
        NewPassphrase.words
    )


class AbsenceForm(forms.Form):
    """Until when somebody is away, and, where they approve changes, who decides in their stead."""

    until = forms.DateField(
        label="Last day away",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Give the last day away", "invalid": "Give the last day away as a date"},
    )
    stand_in = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        label="Who decides meanwhile",
        empty_label="Nobody",
        help_text="An approver. They decide where they could not by themselves, until that day.",
    )

    def __init__(self, data: Any = None, *, person: User):
        initial = {"until": person.away_until, "stand_in": person.stand_in_id} if person.is_away else None
        super().__init__(data, initial=initial, use_required_attribute=False)
        if person.approves():
            others = User.objects.of(person.trust).approvers().exclude(pk=person.pk)
            cast(forms.ModelChoiceField, self.fields["stand_in"]).queryset = others.order_by("name")
        else:
            del self.fields["stand_in"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        until, stand_in = cleaned.get("until"), cleaned.get("stand_in")
        if until and until < clock.today():
            self.add_error("until", "That day is past: give today’s or a later one")
        elif until and stand_in and stand_in.is_away:
            back = stand_in.away_until
            self.add_error("stand_in", f"{stand_in} is away until {back.day} {back:%B %Y}: choose somebody else")
        return cleaned
