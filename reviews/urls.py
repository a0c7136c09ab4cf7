"""Addresses of reviews, changes, decisions and actions."""

from django.urls import path

from reviews.views import changes, deciding, looking_back, loops, register, suggesting, withdrawing

urlpatterns = [
    path("guidance/<slug:trust>/<slug:slug>/suggest/", suggesting.suggest_guidance, name="guidance_suggest"),
    path("methods/<slug:slug>/suggest/", suggesting.suggest_routine, name="routine_suggest"),
    path("changes/from-draft/<int:pk>/", suggesting.from_draft, name="change_from_draft"),
    path("changes/preview/", suggesting.preview, name="markdown_preview"),
    path("changes/<str:reference>/", changes.page, name="change"),
    path("changes/<str:reference>/write/", suggesting.write, name="change_write"),
    path("changes/<str:reference>/send/", suggesting.send, name="change_send"),
    path("changes/<str:reference>/take-back/", changes.take_back, name="change_take_back"),
    path("changes/<str:reference>/withdraw/", changes.withdraw, name="change_withdraw"),
    path("changes/<str:reference>/claim/", deciding.claim, name="change_claim"),
    path("changes/<str:reference>/decide/", deciding.decide, name="change_decide"),
    path("changes/<str:reference>/settle/", deciding.settle, name="change_settle"),
    path("decisions/", deciding.waiting, name="decisions"),
    path("changes/<str:reference>/look-back/", looking_back.look_back, name="change_look_back"),
    path("guidance/<slug:trust>/<slug:slug>/withdraw/", withdrawing.withdraw, name="guidance_withdraw"),
    path("withdrawals/", withdrawing.waiting, name="withdrawals"),
    path("withdrawals/<str:reference>/", withdrawing.page, name="withdrawal"),
    path("register/", register.register, name="register"),
    path("register.csv", register.register_csv, name="register_csv"),
    path("loops/", loops.loops, name="loops"),
]
