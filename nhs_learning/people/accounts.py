"""How allauth behaves here: nobody signs themselves up, it speaks in our words, people are found quickly."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from nhs_learning.people.models import User

_WEAK = {
    "password_too_short": "This is too short: 12 characters at least. Three or four words do.",
    "password_too_common": "Many people use this one, so it is soon guessed. Take three or four words of your own.",
    "password_too_similar": "This is too much like your name or e-mail address.",
}


class Accounts(DefaultAccountAdapter):
    error_messages: ClassVar = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This address and this passphrase don’t go together. Check both, then try again.",
        "enter_current_password": "This is not the passphrase that you have now.",
        "too_many_login_attempts": "Too many tries that did not work. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def clean_password(self, password: str, user: Any = None) -> str:
        try:
            return super().clean_password(password, user)
        except ValidationError as weak:
            raise ValidationError([_WEAK.get(str(error.code), error) for error in weak.error_list]) from weak

    def format_email_subject(self, subject: str) -> str:
        return subject


class SignIn(AuthenticationBackend):
    def get_user(self, user_id: int) -> User | None:
        user = User.objects.signed_in(user_id)
        return user if user and self.user_can_authenticate(user) else None
