"""What people say of themselves: how to reach them, what to ask them about. Each profile is its person's own."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import pgtrigger
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from knowledge.models.attachment import Attachment
from knowledge.models.edition import Conflict
from knowledge.models.topic import Topic
from nhs_learning.people.models import Notice, User
from nhs_learning.record import clock
from nhs_learning.record.models import Event, SearchEntry

#: After how long a person is asked whether what their profile says is still right.
CONFIRMED_FOR = datetime.timedelta(days=365)
#: What a person writes of themselves.
FIELDS = ("about", "reach", "pattern", "takes_questions")


class ProfileQuerySet(models.QuerySet["Profile"]):
    def to_ask_about(self) -> ProfileQuerySet:
        """Not confirmed for a year, and the person, who is here, has not been asked since."""
        long_ago = clock.today() - CONFIRMED_FOR
        return self.filter(confirmed_on__lte=long_ago, asked_on=None, user__is_active=True)

    def make_findable_anew(self) -> int:
        """Tell search of all whose entry is no longer what they are: names, roles and services change without their
        profile. Returns how many."""
        entries = {row.subject_id: row for row in SearchEntry.objects.filter(kind="person")}
        changed = []
        people = self.select_related("user__trust").prefetch_related("user__memberships__service", "user__expertise")
        for profile in people.prefetch_related("user__expertise__topic"):
            entry, now = entries.get(profile.user_id), profile.search_entry()
            if entry is None or any(getattr(entry, name) != value for name, value in now.items()):
                changed.append(now)
        SearchEntry.put(changed)
        return len(changed)


class Profile(models.Model):
    """A person's own page. Nobody else writes in it, and nothing is added behind their back."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="profile")
    about = models.TextField(blank=True)
    reach = models.CharField("how to reach me", max_length=150, blank=True)
    pattern = models.CharField("when I work", max_length=150, blank=True)
    takes_questions = models.BooleanField("colleagues may ask me", default=True)
    photo = models.CharField(max_length=64, blank=True)  # SHA-256 of a small JPEG, where Attachment.keep put it
    confirmed_on = models.DateField()
    asked_on = models.DateField("asked whether it is still right", null=True, blank=True)
    saves = models.PositiveIntegerField(default=0)

    objects = ProfileQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Profile of {self.user}"

    def get_absolute_url(self) -> str:
        return reverse("person", args=[self.user_id])

    @property
    def is_stale(self) -> bool:
        """Has it not been confirmed for more than a year?"""
        return self.confirmed_on <= clock.today() - CONFIRMED_FOR

    @property
    def photo_path(self) -> str:
        """Where the photograph lies in the default storage."""
        return f"attachments/{self.photo[:2]}/{self.photo}"

    # Its verbs

    @classmethod
    @transaction.atomic
    def write(cls, *, of: User, seen: int, expertise: Mapping[Topic, str] | None = None, **said: Any) -> Profile:
        """Say of oneself ``said``, any of FIELDS, and on which topics one is learning, practising or leading (None
        leaves them; a topic left out is no longer theirs). Writing confirms it. Conflict where another window of the
        same person saved since ``seen`` saves."""
        profile, _ = cls.objects.get_or_create(user=of, defaults={"confirmed_on": clock.today()})
        row = cls.objects.filter(pk=profile.pk, saves=seen)
        if not row.update(saves=seen + 1, confirmed_on=clock.today(), asked_on=None, **said):
            raise Conflict("You saved your profile in another window while you were writing in this one.")
        if expertise is not None:
            Expertise.objects.hold(of, expertise)
        Event.record(by=of, verb="wrote_profile", subject=of, trust=of.trust)
        profile.refresh_from_db()
        profile.make_findable()
        return profile

    @transaction.atomic
    def confirm(self, *, by: User) -> None:
        """Say that it is all still right."""
        Profile.objects.filter(pk=self.pk).update(confirmed_on=clock.today(), asked_on=None)
        self.refresh_from_db()
        Event.record(by=by, verb="confirmed_profile", subject=self.user, trust=self.user.trust)
        self.make_findable()

    @transaction.atomic
    def show(self, *, by: User, photo: bytes | None) -> None:
        """Show this photo, a small JPEG; None takes it off. The one before is not kept."""
        before, path = self.photo, self.photo_path
        self.photo = Attachment.keep(photo) if photo else ""
        self.save(update_fields=["photo"])
        verb = "showed_photo" if photo else "took_photo_off"
        Event.record(by=by, verb=verb, subject=self.user, trust=self.user.trust)
        if before and before != self.photo and not _is_used(before):
            transaction.on_commit(lambda: default_storage.delete(path))

    @transaction.atomic
    def ask_whether_right(self) -> None:
        """Ask the person, once a year, whether it is still right; by the clock."""
        if Profile.objects.to_ask_about().filter(pk=self.pk).update(asked_on=clock.today()):
            words, why = "Is your profile still right?", "You have not confirmed it for a year."
            Notice.send(self.user, words=words, why=why, url=self.get_absolute_url())

    # Being found

    def make_findable(self) -> None:
        SearchEntry.put([self.search_entry()])

    def search_entry(self) -> dict[str, Any]:
        """What can be found of a person; nothing of who has left."""
        user = self.user
        if not user.is_active or user.trust_id is None:
            return {"kind": "person", "subject_id": user.pk, "gone": True}
        knows = sorted((one.topic.name, one.get_standing_display()) for one in user.expertise.all())
        places = sorted({one.service.name for one in user.memberships.all() if one.service})
        topics = [f"{topic}: {standing}" for topic, standing in knows]
        said = [user.job_title, user.profession, ", ".join(places), self.about, *topics]
        own = sorted({one.service_id for one in user.memberships.all() if one.service_id})
        return {
            "kind": "person",
            "subject_id": user.pk,
            "trust_id": user.trust_id,
            "service_id": own[0] if own else None,
            "title": user.name,
            "text": "\n".join(filter(None, said)),
            "url": self.get_absolute_url(),
            "topics": [topic for topic, _ in knows],
            "audience": [f"trust:{user.trust_id}"],
            "last_reviewed": self.confirmed_on,
            "gone": False,
        }


def _is_used(sha256: str) -> bool:
    """Files are kept by their content: does something else show the same?"""
    return Profile.objects.filter(photo=sha256).exists() or Attachment.objects.filter(sha256=sha256).exists()


class ExpertiseQuerySet(models.QuerySet["Expertise"]):
    def hold(self, person: User, knows: Mapping[Topic, str]) -> None:
        """Make these the topics of a person, each with their standing; what is said again keeps who vouched for it."""
        self.filter(user=person).exclude(topic__in=knows).delete()
        for topic, standing in knows.items():
            held, new = self.get_or_create(
                user=person, topic=topic, defaults={"standing": standing, "since": clock.today()}
            )
            if not new and held.standing != standing:
                self.filter(pk=held.pk).update(standing=standing)

    def on(self, topics: Iterable[Topic]) -> ExpertiseQuerySet:
        """On one of these topics, of people who are here."""
        return self.filter(topic__in=topics, user__is_active=True)


class Expertise(models.Model):
    """What a person may be asked about, and how they stand to it, by their own word."""

    class Standing(models.TextChoices):
        LEADING = "leading", "Leads on it"
        PRACTISING = "practising", "Does it"
        LEARNING = "learning", "Is learning it"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="expertise")
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="expertise")
    standing = models.CharField(max_length=10, choices=Standing)
    since = models.DateField()

    objects = ExpertiseQuerySet.as_manager()

    class Meta:
        ordering = ["topic__name"]
        verbose_name_plural = "expertise"
        constraints = [
            models.UniqueConstraint(fields=["user", "topic"], name="a_person_stands_to_a_topic_in_one_way"),
            models.CheckConstraint(
                condition=Q(standing__in=["leading", "practising", "learning"]),
                name="a_standing_is_learning_practising_or_leading",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.topic}"

    @transaction.atomic
    def vouch(self, *, by: User) -> Vouch:
        """Say that one knows this person to know it, once, and never of oneself. They are told."""
        if by.pk == self.user_id:
            raise Conflict("You can't vouch for yourself.")
        said, new = self.vouches.get_or_create(by=by, defaults={"at": clock.now()})
        if not new:
            raise Conflict("You have vouched for this already.")
        Event.record(by=by, verb="vouched", subject=self.user, trust=self.user.trust, topic=self.topic.name)
        words = f"{by.name} vouches for you on {self.topic.name}"
        Notice.send(self.user, words=words, why="It is on your profile.", url=reverse("person", args=[self.user_id]))
        return said

    @transaction.atomic
    def take_back(self, *, by: User) -> None:
        """Take one's own word back; twice is once."""
        gone, _ = Vouch.objects.filter(expertise=self, by=by).delete()
        if gone:
            Event.record(by=by, verb="took_word_back", subject=self.user, trust=self.user.trust, topic=self.topic.name)


class Vouch(models.Model):
    """That a colleague vouches for what a person says that they know."""

    expertise = models.ForeignKey(Expertise, models.CASCADE, related_name="vouches")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        verbose_name_plural = "vouches"
        constraints = [
            models.UniqueConstraint(fields=["expertise", "by"], name="a_colleague_vouches_for_a_topic_once"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="nobody_vouches_for_themselves",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF EXISTS (SELECT 1 FROM knowledge_expertise e
                               WHERE e.id = NEW.expertise_id AND e.user_id = NEW.by_id) THEN
                        RAISE EXCEPTION 'nobody vouches for themselves' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by} vouches for {self.expertise}"
