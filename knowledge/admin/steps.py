"""The steps in a piece of guidance's life that curators take from its page: each asks first, then does."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from knowledge.models import Conflict, Guidance
from knowledge.permissions import may_confirm, may_extend, may_start_draft, may_withdraw
from nhs_learning.people.admin.base import TrustAdmin


class Steps:
    """Views beside the page of one list of guidance."""

    def __init__(self, page: TrustAdmin):
        self.page = page

    def links(self, request: HttpRequest, guidance: Guidance) -> list[tuple[str, str]]:
        """Those steps that this person may take now."""
        trust, slug = guidance.trust.slug, guidance.slug
        steps = [
            (may_start_draft, "Start a new draft", self._address("draft", guidance)),
            (may_confirm, "Confirm: still correct", reverse("guidance_confirm", args=[trust, slug])),
            (may_extend, "Extend the review date", reverse("guidance_extend", args=[trust, slug])),
            (may_withdraw, "Withdraw", reverse("guidance_withdraw", args=[trust, slug])),
        ]
        return [(words, address) for may, words, address in steps if may(request.user, guidance)]

    def _address(self, name: str, guidance: Guidance) -> str:
        return reverse(f"admin:knowledge_{self.page.opts.model_name}_{name}", args=[guidance.pk])

    def _find(self, request: HttpRequest, object_id: str) -> Guidance:
        found = self.page.find(request, object_id)
        return Guidance.objects.select_related("trust", "service", "current").get(pk=found.pk)

    def draft(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Start a draft of the next edition, and go to its page."""
        guidance = self._find(request, object_id)
        may_start_draft(request.user, guidance).or_refuse()
        asked = {
            "title": f"Start a new draft of {guidance}?",
            "words": [
                "The draft begins with everything that the edition in force says. Readers see nothing of it yet.",
                *[f"There is a draft already, begun by {d.created_by}." for d in guidance.revisions.drafts()],
            ],
            "button": "Start a new draft",
        }
        if request.method == "POST":
            try:
                draft = guidance.start_draft(by=request.user)
            except Conflict as conflict:
                asked["refusal"] = str(conflict)
            else:
                self.page.message_user(request, "The draft is begun. Write in it below, and save.", messages.SUCCESS)
                return redirect("admin:knowledge_revision_change", draft.pk)
        return self.page.confirmation(request, guidance, **asked)
