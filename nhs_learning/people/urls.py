"""Addresses of signing in and of one's own account. Of allauth's pages only those that staff need."""

from allauth.account import views as account
from django.urls import path, re_path

from nhs_learning.people import forms, views
from nhs_learning.people.views import away, notices

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("account/", views.my_account, name="my_account"),
    path("account/away/", away.mine, name="my_absence"),
    path("account/away/<int:pk>/", away.of, name="absence"),
    path("notices/", notices.mine, name="notices"),
    path("notices/<int:pk>/", notices.follow, name="notice"),
    path(
        "account/passphrase/",
        account.PasswordChangeView.as_view(form_class=forms.ChangePassphrase),
        name="account_change_password",
    ),
    path("account/closed/", account.account_inactive, name="account_inactive"),
    path(
        "forgotten/",
        account.PasswordResetView.as_view(form_class=forms.ForgottenPassphrase),
        name="account_reset_password",
    ),
    path("forgotten/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^forgotten/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.PasswordResetFromKeyView.as_view(form_class=forms.NewPassphrase),
        name="account_reset_password_from_key",
    ),
    path("forgotten/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]
