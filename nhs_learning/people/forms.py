"""Forms about oneself: allauth's, in our words."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms as allauth
from django import forms

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
