"""How every page about a piece of guidance finds it: from what the reader may see, or not at all."""

from __future__ import annotations

import functools
from copy import copy

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import caches
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from knowledge.models import Attachment, Codification, Guidance, LastRead, Topic
from knowledge.models.guidance import FormerSlug, GuidanceQuerySet
from nhs_learning.people.reach import ANY_REACH, AnyReach
from nhs_learning.record import clock
from nhs_learning.record.prepared import Prepared, given

#: The topics of a piece of guidance, each with id, slug and name, in the one query that finds it.
_TOPICS = (
    Topic.objects.filter(guidance_uses__content_object=OuterRef("pk"))
    .order_by("name")
    .values(topic=JSONObject(id="pk", slug="slug", name="name"))
)


class Elsewhere(Exception):
    """The page is at another address, or behind the sign-in page; ``response`` leads there."""

    def __init__(self, response: HttpResponse):
        self.response = response


def guidance_for(request: HttpRequest, trust: str, slug: str, *, among: GuidanceQuerySet | None = None) -> Guidance:
    """The guidance at this address, if the reader may see it. Otherwise 404, whether or not there is one; somebody
    not signed in is asked to sign in, which says as little."""
    visible = (Guidance.objects.all() if among is None else among).visible_to(request.user)
    if guidance := _whole(visible.filter(trust__ods_code=trust.upper(), slug=slug)).first():
        return guidance
    if former := FormerSlug.objects.filter(trust__ods_code=trust.upper(), slug=slug, guidance__in=visible).first():
        address = former.guidance.get_absolute_url()
        response = redirect(request.path.replace(f"/guidance/{trust}/{slug}/", address, 1), permanent=True)
        response["Cache-Control"] = "private, no-cache"  # it may get its old address back, or be closed to the reader
        raise Elsewhere(response)
    if not request.user.is_authenticated:
        raise Elsewhere(redirect_to_login(request.get_full_path()))
    raise Http404("There is no such guidance, or it is not open to you.")


def _whole(found: GuidanceQuerySet) -> GuidanceQuerySet:
    """With all that a page says of it, in the one query that finds it."""
    related = ("trust", "service__lead", "owner", "deputy", "current", "replaced_by__trust")
    return found.select_related(*related).annotate(topic_list=ArraySubquery(_TOPICS))


#: What only the text of the page needs, which is kept rendered: not loaded unless it has to be rendered again.
_TEXTS = ("aim", "scope", "summary", "body", "html", "contents")


def guidance_to_read(request: HttpRequest, trust: str, slug: str) -> tuple[Guidance, int | None]:
    """Like ``guidance_for``, for the page that is read most, and with the revision that the reader read last: whether
    they may see it, and which version it has, is asked each time; all else that is known about that version is kept:
    the names of its people may be ten minutes behind."""
    if request.user.is_authenticated:
        row = _version_within(ANY_REACH).row(trust_code=trust.upper(), slug=slug, **request.user.reach.given)
    else:
        row = _version_within(None).row(trust_code=trust.upper(), slug=slug)
    if row is None:
        return guidance_for(request, trust, slug), None
    pk, version, last = row
    key = f"guidance-{pk}-{version}-{clock.ten_minutes()}-{settings.BUILD}"
    kept = caches["pages"].get(key)
    if kept is None:
        (kept,) = _known_of_it().objects(pk=pk)  # the text, too, since it will have to be rendered as well
        if kept.current is not None:
            kept.current.grew = kept.grew
        caches["pages"].set(key, _without_text(kept), clock.KEPT_SECONDS)
    return kept, last


@functools.cache
def _known_of_it() -> Prepared:
    """With ``attached``, the files of the revision in force, and ``grew``: did that grow out of an insight? Hardly any
    did, and whoever reads the others need not ask for it."""
    files = Attachment.objects.filter(revision=OuterRef("current"))
    told = JSONObject(id="pk", name="name", content_type="content_type", size="size")
    found = Guidance.objects.filter(pk=given("pk")).with_version()
    grew = Exists(Codification.objects.filter(revision=OuterRef("current")))
    return Prepared(_whole(found).annotate(attached=ArraySubquery(files.values(told=told)), grew=grew))


def _without_text(guidance: Guidance) -> Guidance:
    """The same, its texts to be asked for if they are needed."""
    if guidance.current is None:
        return guidance
    bare = copy(guidance)
    bare.current = copy(guidance.current)
    for name in _TEXTS:
        bare.current.__dict__.pop(name)
    return bare


def public_version(*, trust: str, slug: str) -> str | None:
    """What tells one state of a public guidance page from another, in one query; None where nothing is public. A
    browser that is told "not changed" looks again at the whole page after ten minutes, too: not all that a page shows
    is the guidance's own."""
    row = _version_within(None).row(trust_code=trust.upper(), slug=slug)
    return f"{row[0]}-{row[1]}-{clock.ten_minutes()}-{settings.BUILD}" if row else None


@functools.cache
def _version_within(reach: AnyReach | None) -> Prepared:
    """The guidance at an address, if a reader of this reach may see it; its version; the revision they read last."""
    found = Guidance.objects.within(reach).filter(trust__ods_code=given("trust_code"), slug=given("slug"))
    last = LastRead.objects.filter(user=reach.user_id if reach else None, guidance=OuterRef("pk")).values("revision_id")
    return Prepared(found.with_version().order_by().annotate(last=Subquery(last)).values_list("pk", "version", "last"))
