"""How every page about a piece of guidance finds it: from what the reader may see, or not at all."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import caches
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from knowledge.models import Guidance, Topic
from knowledge.models.guidance import FormerSlug, GuidanceQuerySet

#: The topics of a piece of guidance, each with slug and name, in the one query that finds it.
_TOPICS = (
    Topic.objects.filter(guidance_uses__content_object=OuterRef("pk"))
    .order_by("name")
    .values(topic=JSONObject(slug="slug", name="name"))
)


class Elsewhere(Exception):
    """The page is at another address, or behind the sign-in page; ``response`` leads there."""

    def __init__(self, response: HttpResponse):
        self.response = response


def guidance_for(request: HttpRequest, trust: str, slug: str, *, among: GuidanceQuerySet | None = None) -> Guidance:
    """The guidance at this address, if the reader may see it. Otherwise 404, whether or not there is one; somebody
    not signed in is asked to sign in, which says as little."""
    visible = (Guidance.objects.all() if among is None else among).visible_to(request.user)
    related = ("trust", "service__lead", "owner", "deputy", "current", "replaced_by__trust")
    found = visible.filter(trust__ods_code=trust.upper()).select_related(*related)
    found = found.annotate(topic_list=ArraySubquery(_TOPICS))
    if guidance := found.filter(slug=slug).first():
        return guidance
    if former := FormerSlug.objects.filter(trust__ods_code=trust.upper(), slug=slug, guidance__in=visible).first():
        address = former.guidance.get_absolute_url()
        raise Elsewhere(redirect(request.path.replace(f"/guidance/{trust}/{slug}/", address, 1), permanent=True))
    if not request.user.is_authenticated:
        raise Elsewhere(redirect_to_login(request.get_full_path()))
    raise Http404("There is no such guidance, or it is not open to you.")


#: What only the text of the page needs, which is kept rendered: not loaded unless it has to be rendered again.
_TEXTS = [f"current__{name}" for name in ("aim", "scope", "summary", "body", "html", "contents")]
#: How long what is known about a piece of guidance is kept: the names of its people may be so much behind.
KEPT_SECONDS = 60


def guidance_to_read(request: HttpRequest, trust: str, slug: str) -> Guidance:
    """Like ``guidance_for``, for the page that is read most: whether the reader may see it, and which version it has,
    is asked each time; all else that is known about that version is kept for a minute."""
    visible = Guidance.objects.visible_to(request.user).filter(trust__ods_code=trust.upper(), slug=slug)
    version = visible.with_version().order_by().values_list("pk", "version").first()
    key = f"guidance-{version}-{settings.BUILD}".replace(" ", "")
    kept = caches["pages"].get(key) if version else None
    if kept is None:
        kept = guidance_for(request, trust, slug, among=Guidance.objects.with_version().defer(*_TEXTS))
        caches["pages"].set(key, kept, KEPT_SECONDS)
    return kept
