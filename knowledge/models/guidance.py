"""Guidance: what a trust has codified. A lasting thing with one pointer, *current*, to the revision in force."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pghistory
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify
from taggit.managers import TaggableManager

from knowledge import markdown
from knowledge.models.confirmation import Confirmation
from knowledge.models.edition import Conflict
from knowledge.models.revision import Revision
from knowledge.models.statement import Statement
from knowledge.models.topic import GuidanceTopic, Topic
from nhs_learning.people.models import Service, Trust, User
from nhs_learning.people.reach import AnyReach, Reach
from nhs_learning.people.roles import CURATE, LEAD
from nhs_learning.record import clock, knock_on
from nhs_learning.record.models import Event, SearchEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What ``describe`` changes: whose it is, whom it is for, and what it rests on.
DESCRIPTION = frozenset(
    ("service", "owner", "deputy", "audience", "review_interval", "national_code", "national_title", "national_date")
)
#: How long before it is due a review is worth a warning.
DUE_SOON = datetime.timedelta(days=183)


class GuidanceQuerySet(models.QuerySet["Guidance"]):
    def of(self, trust: Trust | None) -> GuidanceQuerySet:
        return self.filter(trust=trust)

    def published(self) -> GuidanceQuerySet:
        """What has been in force: in force now, or withdrawn."""
        return self.filter(state__in=[Guidance.State.IN_FORCE, Guidance.State.WITHDRAWN])

    def in_force(self) -> GuidanceQuerySet:
        return self.filter(state=Guidance.State.IN_FORCE)

    def visible_to(self, user: User | AnonymousUser) -> GuidanceQuerySet:
        """What this person may read, by each guidance's audience; drafts only by those who work on them."""
        return self.within(user.reach if user.is_authenticated else None)

    def within(self, reach: Reach | AnyReach | None) -> GuidanceQuerySet:
        """What somebody of this reach may read (None: somebody who has not signed in). Nothing else decides it, so
        that the question can be put into SQL once for all readers."""
        if reach is None:
            return self.published().filter(audience=Guidance.Audience.PUBLIC)
        audience = (
            Q(audience__in=[Guidance.Audience.PUBLIC, Guidance.Audience.NETWORK])
            | Q(audience=Guidance.Audience.TRUST, trust=reach.trust_id)
            | Q(audience=Guidance.Audience.SERVICE, service__pk__any_of=reach.near())
            | Q(audience=Guidance.Audience.PRIVATE, service__pk__any_of=reach.services(LEAD))
        )
        theirs = Q(owner=reach.user_id) | Q(deputy=reach.user_id)
        return self.filter(
            theirs
            | (Q(state__in=[Guidance.State.IN_FORCE, Guidance.State.WITHDRAWN]) & audience)
            | Q(state=Guidance.State.DRAFTING, service__pk__any_of=reach.services(CURATE))
            & ~Q(audience=Guidance.Audience.PRIVATE)
        )

    def curated_by(self, user: User) -> GuidanceQuerySet:
        """What this person looks after as a curator, and what is theirs. Private guidance stays with its owner."""
        curated = Q(service__in=user.reach.services(CURATE)) & ~Q(audience=Guidance.Audience.PRIVATE)
        return self.filter(curated | Q(owner=user) | Q(deputy=user), trust=user.trust_id)

    def with_version(self) -> GuidanceQuerySet:
        """Each with ``version``: how many events there are about it, since every verb that changes it writes one. The
        last of them would not do: clocks differ between machines, and what is written first may be committed last."""
        events = Event.objects.filter(subject_kind="guidance", subject_id=models.OuterRef("pk"))
        counted = events.order_by().values("subject_id").annotate(number=models.Count("*"))
        return self.annotate(version=models.Subquery(counted.values("number")))

    def overdue(self) -> GuidanceQuerySet:
        return self.in_force().filter(review_due__lt=clock.today())

    def due_for_review(self, within: datetime.timedelta = DUE_SOON) -> GuidanceQuerySet:
        """Overdue, or due within this time; the longest overdue first."""
        return self.in_force().filter(review_due__lt=clock.today() + within).order_by("review_due")


class GuidanceManager(models.Manager["Guidance"].from_queryset(GuidanceQuerySet)):
    pass


@pghistory.track()
class Guidance(models.Model):
    """A guideline, service framework, policy or pathway of a trust.

    Its text is in its revisions: ``current`` is the one in force, and any number of drafts may be based on it.
    """

    class Kind(models.TextChoices):
        GUIDELINE = "guideline", "Guideline"
        SERVICE_FRAMEWORK = "service_framework", "Service framework"
        POLICY = "policy", "Policy"
        PATHWAY = "pathway", "Pathway"

    class State(models.TextChoices):
        DRAFTING = "drafting", "Being drafted"  # nobody but those who work on it sees it
        IN_FORCE = "in_force", "In force"  # what the trust says now
        WITHDRAWN = "withdrawn", "Withdrawn"  # not to be followed; the page says why and what instead

    class Audience(models.TextChoices):
        PRIVATE = "private", "Private: owner, deputy and service lead"
        SERVICE = "service", "The service"
        TRUST = "trust", "The trust"
        NETWORK = "network", "Anyone signed in, of any trust"
        PUBLIC = "public", "Anyone, without signing in"

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="guidance")
    service = models.ForeignKey(Service, models.PROTECT, related_name="guidance")
    kind = models.CharField(max_length=20, choices=Kind)
    slug = models.SlugField(max_length=120, help_text="Part of the page's address. The old address goes on working.")
    #: As the revision in force has it; before the first, as its draft has it.
    title = models.CharField(max_length=250)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFTING)
    current = models.OneToOneField(Revision, models.PROTECT, null=True, blank=True, related_name="current_of")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="owns")
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="deputises_for"
    )
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.TRUST)
    review_interval = models.PositiveSmallIntegerField("review interval, in months", null=True, blank=True)
    last_reviewed = models.DateField(null=True, blank=True)
    review_due = models.DateField(null=True, blank=True)
    national_code = models.CharField("national guidance: code", max_length=60, blank=True)
    national_title = models.CharField("national guidance: title", max_length=250, blank=True)
    national_date = models.DateField("national guidance: date", null=True, blank=True)
    applies_to = models.ManyToManyField(
        Service, blank=True, related_name="frameworks", help_text="For service frameworks."
    )
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_why = models.TextField(blank=True)
    follow_instead = models.TextField(blank=True)  # in words, where no other guidance replaces it
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaces")
    topics = TaggableManager(through=GuidanceTopic, blank=True)

    objects = GuidanceManager()

    class Meta:
        ordering = ["title"]
        verbose_name_plural = "guidance"
        indexes = [models.Index(fields=["trust", "state", "title"], name="guidance_by_title")]
        constraints = [
            models.UniqueConstraint(fields=["trust", "slug"], name="a_guidance_slug_is_unique_in_its_trust"),
            models.CheckConstraint(
                condition=Q(state="drafting", current=None) | (~Q(state="drafting") & Q(current__isnull=False)),
                name="guidance_that_was_in_force_has_a_current_revision",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                & ~Q(withdrawn_why="")
                | ~Q(state="withdrawn") & Q(withdrawn_at=None, withdrawn_by=None),
                name="withdrawn_guidance_says_when_who_and_why",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("guidance", args=[self.trust.slug, self.slug])

    # What it is now

    @property
    def is_overdue(self) -> bool:
        return self.state == self.State.IN_FORCE and self.review_due is not None and self.review_due < clock.today()

    @property
    def is_due_soon(self) -> bool:
        return (
            self.state == self.State.IN_FORCE
            and self.review_due is not None
            and clock.today() <= self.review_due < clock.today() + DUE_SOON
        )

    @property
    def status(self) -> str:
        """One of drafting, in_force, overdue, withdrawn: worked out when asked, since the calendar changes it."""
        return "overdue" if self.is_overdue else self.state

    def audience_tokens(self) -> list[str]:
        """The tokens of which a reader must hold one (see people.reach)."""
        if self.audience == self.Audience.TRUST:
            tokens = [f"trust:{self.trust_id}"]
        elif self.audience == self.Audience.SERVICE:
            tokens = [f"service:{self.service_id}"]
        elif self.audience == self.Audience.PRIVATE:
            tokens = [f"lead:{self.service_id}"]
        else:
            return [self.audience]
        return tokens + [f"user:{person}" for person in (self.owner_id, self.deputy_id) if person]

    # Its verbs

    @classmethod
    @transaction.atomic
    def begin(
        cls,
        *,
        by: User,
        service: Service,
        kind: str,
        title: str,
        owner: User | None = None,
        slug: str = "",
        **details: Any,
    ) -> Revision:
        """Begin a piece of guidance, and return the draft of its first edition, still empty."""
        guidance = cls.objects.create(
            trust_id=service.trust_id,
            service=service,
            kind=kind,
            title=title,
            slug=slug or cls.free_slug(trust_id=service.trust_id, title=title),
            owner=owner or by,
            created_at=clock.now(),
            **details,
        )
        Event.record(by=by, verb="began", subject=guidance, trust=guidance.trust, title=title)
        return Revision.objects.create(guidance=guidance, title=title, created_at=clock.now(), created_by=by)

    @classmethod
    def free_slug(cls, *, trust_id: int, title: str) -> str:
        """An address for this title that nothing in the trust has or had."""
        stem = slugify(title)[:110] or "guidance"
        slug, number = stem, 2
        while (
            cls.objects.filter(trust_id=trust_id, slug=slug).exists()
            or FormerSlug.objects.filter(trust_id=trust_id, slug=slug).exists()
        ):
            slug, number = f"{stem}-{number}", number + 1
        return slug

    @transaction.atomic
    def describe(
        self,
        *,
        by: User,
        topics: Iterable[Topic] | None = None,
        applies_to: Iterable[Service] | None = None,
        **fields: Any,
    ) -> None:
        """Change whose it is, whom it is for and what it is filed under (``fields``: any of ``DESCRIPTION``; topics and
        the services that it applies to: None leaves them as they are). Its text is in its revisions."""
        if unknown := set(fields) - DESCRIPTION:
            raise TypeError(f"describe() does not change {', '.join(sorted(unknown))}")
        said: dict[str, Any] = {"parts": sorted(_called(name) for name in fields)}
        if fields:
            self._now(**fields)
        if topics is not None:
            said["topics_before"] = sorted(self.topics.names())
            self.topics.set(topics)
            said["topics_after"] = sorted(topic.name for topic in self.topics.all())
        if applies_to is not None:
            said["applied_to"] = sorted(service.name for service in self.applies_to.all())
            self.applies_to.set(applies_to)
            said["applies_to"] = sorted(service.name for service in self.applies_to.all())
        Event.record(by=by, verb="described", subject=self, trust=self.trust, **said)
        self.make_findable()

    @transaction.atomic
    def start_draft(self, *, by: User) -> Revision:
        """A new draft that says what the revision in force says, to be worked on."""
        if self.current is None:
            raise Conflict("This guidance has no edition in force yet: work on the draft of its first edition.")
        draft = self.current.copied(by=by)
        Event.record(by=by, verb="started_draft", subject=self, trust=self.trust, draft=draft.pk)
        return draft

    @transaction.atomic
    def confirm(self, *, by: User, why: str, next_due: datetime.date) -> Confirmation:
        """Reviewed, and still correct as it stands."""
        confirmation = self._confirmation(Confirmation.Kind.STILL_CORRECT, by=by, why=why, next_due=next_due)
        self._now(only_from=[self.State.IN_FORCE], last_reviewed=clock.today(), review_due=next_due)
        Event.record(by=by, verb="confirmed", subject=self, trust=self.trust, why=why, next_due=next_due.isoformat())
        self.make_findable()
        return confirmation

    @transaction.atomic
    def extend(self, *, by: User, why: str, next_due: datetime.date) -> Confirmation:
        """Give the review longer. That is not a review: the page goes on saying when it was last reviewed."""
        confirmation = self._confirmation(Confirmation.Kind.EXTENDED, by=by, why=why, next_due=next_due)
        self._now(only_from=[self.State.IN_FORCE], review_due=next_due)
        Event.record(by=by, verb="extended", subject=self, trust=self.trust, why=why, next_due=next_due.isoformat())
        self.make_findable()
        return confirmation

    def _confirmation(self, kind: str, *, by: User, why: str, next_due: datetime.date) -> Confirmation:
        if self.state != self.State.IN_FORCE or self.current is None:
            raise Conflict("Only guidance in force can be confirmed or extended.")
        return Confirmation.objects.create(
            guidance=self, revision=self.current, kind=kind, at=clock.now(), by=by, why=why, next_due=next_due
        )

    @transaction.atomic
    def withdraw(self, *, by: User, why: str, replaced_by: Guidance | None = None, instead: str = "") -> None:
        """Take it out of force. The page stays, and says why and what to follow instead: another piece of guidance, or
        words. Two people answer for it: see reviews.models.Withdrawal."""
        self._now(
            only_from=[self.State.IN_FORCE],
            state=self.State.WITHDRAWN,
            withdrawn_at=clock.now(),
            withdrawn_by=by,
            withdrawn_why=why,
            replaced_by=replaced_by,
            follow_instead=instead,
        )
        Event.record(by=by, verb="withdrew", subject=self, trust=self.trust, why=why)
        knock_on.tell("guidance_withdrawn", self, by=by)
        self.make_findable()

    @transaction.atomic
    def reinstate(self, *, by: User, why: str) -> None:
        """Put it back in force as it was before it was withdrawn."""
        self._now(
            only_from=[self.State.WITHDRAWN],
            state=self.State.IN_FORCE,
            withdrawn_at=None,
            withdrawn_by=None,
            withdrawn_why="",
            replaced_by=None,
            follow_instead="",
        )
        Event.record(by=by, verb="reinstated", subject=self, trust=self.trust, why=why)
        knock_on.tell("guidance_back", self, by=by)
        self.make_findable()

    @transaction.atomic
    def rename(self, *, by: User, slug: str) -> None:
        """Give the page another address; the old one goes on leading here."""
        former = self.slug
        if slug == former:
            return
        FormerSlug.objects.filter(trust=self.trust, slug=slug, guidance=self).delete()
        self._now(slug=slug)
        FormerSlug.objects.get_or_create(trust=self.trust, slug=former, defaults={"guidance": self})
        Event.record(by=by, verb="renamed", subject=self, trust=self.trust, former=former, slug=slug)
        self.make_findable()

    def _now(self, *, only_from: Sequence[str] | None = None, **fields: Any) -> None:
        """One guarded UPDATE; no row means that somebody was quicker."""
        row = Guidance.objects.filter(pk=self.pk, state__in=only_from or self.State.values)
        if not row.update(**fields):
            self.refresh_from_db()
            raise Conflict(f"This guidance is {self.get_state_display().lower()} now, so that can't be done.")
        for name, value in fields.items():
            setattr(self, name, value)

    @transaction.atomic
    def new_statement(self, key: str = "") -> Statement:
        """A statement with the next free key (s1, s2, …), or with this one."""
        if not key:
            Guidance.objects.select_for_update().get(pk=self.pk)  # two curators never draw the same key
            used = set(self.statements.values_list("key", flat=True))
            key = next(f"s{n}" for n in range(1, len(used) + 2) if f"s{n}" not in used)
        return Statement.objects.create(guidance=self, key=key)

    # Being found

    def make_findable(self) -> None:
        """Tell search what this is now. Last in the transaction of each verb that changes what readers see."""
        if self.current is None:
            return
        entries = list(self._search_entries(self.current))
        said = {entry["subject_id"] for entry in entries if entry["kind"] == "statement"}
        dropped = self.statements.exclude(pk__in=said).values_list("pk", flat=True)
        SearchEntry.put([*entries, *({"kind": "statement", "subject_id": pk, "gone": True} for pk in dropped)])

    def _search_entries(self, revision: Revision) -> Iterator[dict[str, Any]]:
        common = {
            "subkind": self.kind,
            "group_id": self.pk,
            "trust_id": self.trust_id,
            "service_id": self.service_id,
            "topics": sorted(self.topics.names()),
            "audience": self.audience_tokens(),
            "withdrawn": self.state == self.State.WITHDRAWN,
            "published_on": revision.published_at and revision.published_at.date(),
            "last_reviewed": self.last_reviewed,
            "review_due": self.review_due,
        }
        url = self.get_absolute_url()
        wordings = list(revision.wordings.select_related("statement"))
        parts = [revision.aim, revision.scope, revision.summary, revision.body, *(w.text for w in wordings)]
        text = "\n".join(markdown.plain(part) for part in parts if part)
        yield {
            "kind": "guidance",
            "subject_id": self.pk,
            "title": revision.title,
            "text": text,
            "url": url,
            **common,
        }
        for wording in wordings:
            yield {
                "kind": "statement",
                "subject_id": wording.statement_id,
                "title": f"{wording.number} {revision.title}",
                "text": markdown.plain(wording.text),
                "url": f"{url}#{wording.statement.key}",
                **common,
            }


def _called(field: str) -> str:
    """What a field of guidance is called."""
    return str(getattr(Guidance._meta.get_field(field), "verbose_name", field))


class FormerSlug(models.Model):
    """An address that a piece of guidance once had, which redirects."""

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="+")
    slug = models.SlugField(max_length=120)
    guidance = models.ForeignKey(Guidance, models.PROTECT, related_name="former_slugs")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trust", "slug"], name="a_former_slug_leads_to_one_place")]

    def __str__(self) -> str:
        return self.slug
