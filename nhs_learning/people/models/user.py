"""People, who sign in by e-mail and belong to one trust at a time."""

from __future__ import annotations

import datetime
import functools
from functools import cached_property
from typing import Any

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models.functions import Lower
from django.urls import reverse

from nhs_learning.people.models.membership import Membership
from nhs_learning.people.models.notice import Notice
from nhs_learning.people.models.service import Service, as_tree
from nhs_learning.people.models.trust import Trust
from nhs_learning.people.reach import Reach
from nhs_learning.people.roles import ADMINISTER, APPROVE, CURATE, LEAD, ROLES, holding
from nhs_learning.record import clock
from nhs_learning.record.models import Event, SearchEntry
from nhs_learning.record.prepared import Prepared, given


@functools.cache
def _places_and_roles() -> Prepared:
    """The services of a trust, by name, as (0, id, parent, name, slug); and a person's roles, with the approver's roles
    of those for whom they stand in today, as (1, service, whose, role, "")."""
    services = Service.objects.filter(trust=given("trust")).order_by()
    services = services.annotate(what=_number(0), a=models.F("pk"), b=models.F("parent_id"), c=models.F("name"))
    absent = models.Q(
        user__stand_in=given("user"),
        user__away_until__gte=given("today"),
        user__trust=given("trust"),
        user__is_active=True,  # who has left has nobody stand in any more
        role__in=holding(APPROVE),
    )
    roles = Membership.objects.filter(models.Q(user=given("user")) | absent).order_by()
    roles = roles.annotate(what=_number(1), a=models.F("service_id"), b=models.F("user_id"), c=models.F("role"))
    columns = ("what", "a", "b", "c")
    both = (
        services.annotate(d=models.F("slug"))
        .values_list(*columns, "d")
        .union(roles.annotate(d=models.Value("", models.CharField())).values_list(*columns, "d"), all=True)
    )
    return Prepared(both.order_by("what", "c"))


def _number(number: int) -> models.Value:
    return models.Value(number, models.IntegerField())


@functools.cache
def _person() -> Prepared:
    person = [field.attname for field in User._meta.concrete_fields]
    trust = [f"trust__{field.attname}" for field in Trust._meta.concrete_fields]
    return Prepared(User.objects.filter(pk=given("pk")).values_list(*person, *trust))


@functools.lru_cache(maxsize=500)
def _reach(user_id: int, trust_id: int, tree: tuple[tuple, ...], roles: tuple[tuple, ...]) -> Reach:
    """Worked out once for the same person with the same roles in the same tree."""
    parents: dict[int, int | None] = dict(tree)
    held = [row for row in roles if row[0] is None or row[0] in parents]
    return Reach(
        user_id=user_id,
        trust_id=trust_id,
        parents=parents,
        memberships=[(service, role) for service, role, holder in held if holder == user_id],
        stands_in=[service for service, role, holder in held if holder != user_id],
    )


class UserQuerySet(models.QuerySet["User"]):
    def of(self, trust: Trust | None) -> UserQuerySet:
        return self.filter(trust=trust)

    def here(self) -> UserQuerySet:
        """Those who have not left."""
        return self.filter(is_active=True)

    def approvers(self) -> UserQuerySet:
        """Those who approve changes somewhere."""
        return self.here().filter(memberships__role__in=holding(APPROVE)).distinct()

    def stood_in_for_by(self, user: User) -> UserQuerySet:
        """Those who are away today, and for whom this person decides meanwhile."""
        return self.here().of(user.trust).filter(stand_in=user, away_until__gte=clock.today())

    def who_may(self, capability: str, *, trust: Trust, service: Service | None = None) -> UserQuerySet:
        """Those who have a role of their own with this capability in this service, or (None) in the whole trust."""
        where = models.Q(memberships__service=None)
        if service is not None:
            where |= models.Q(memberships__service__in=service.line())
        return self.here().of(trust).filter(where, memberships__role__in=holding(capability)).distinct()

    def leading(self, service: Service | None, *, trust: Trust) -> list[User]:
        """Who answers for a service, or (None) for the whole trust: the lead who is named nearest to it, or else all
        whose role makes them its lead."""
        named = [one.lead for one in (service.line() if service else ()) if one.lead and one.lead.is_active]
        return named[:1] or list(self.who_may(LEAD, trust=trust, service=service))


#: The people whom the demo's sign-in page lists: one for each part that somebody plays.
DEMO_PEOPLE = [
    *(
        f"{name}@northbridge.example"
        for name in ("nurse", "registrar", "facilitator", "approver", "approver2", "curator", "lead", "admin")
    ),
    "stranger@southgate.example",
]


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db).select_related("trust")  # every page names it

    def of(self, trust: Trust | None) -> UserQuerySet:
        return self.get_queryset().of(trust)

    def here(self) -> UserQuerySet:
        return self.get_queryset().here()

    def who_may(self, capability: str, *, trust: Trust, service: Service | None = None) -> UserQuerySet:
        return self.get_queryset().who_may(capability, trust=trust, service=service)

    def leading(self, service: Service | None, *, trust: Trust) -> list[User]:
        return self.get_queryset().leading(service, trust=trust)

    def signed_in(self, pk: int) -> User | None:
        """This person with their trust, as every page of theirs needs them."""
        if (row := _person().row(pk=pk)) is None:
            return None
        person = [field.attname for field in User._meta.concrete_fields]
        trust = [field.attname for field in Trust._meta.concrete_fields]
        user = User.from_db(self.db, person, row[: len(person)])
        if user.trust_id is not None:
            user.trust = Trust.from_db(self.db, trust, row[len(person) :])
        return user

    def demo_people(self) -> list[User]:
        """The demo's people that exist here, in the order in which they are listed."""
        people = self.get_queryset().filter(email__in=DEMO_PEOPLE).select_related("trust")
        return sorted(people.prefetch_related("memberships__service"), key=lambda user: DEMO_PEOPLE.index(user.email))

    def nobody_yet(self, trust: Trust) -> User:
        """Who owns what was imported while nobody was named: says so, and can't sign in."""
        email = f"owner-not-known@{trust.slug}.invalid"
        return self.get_queryset().filter(email=email).first() or self.welcome(
            by=None, email=email, name="Owner not known", trust=trust, is_active=False
        )

    @transaction.atomic
    def welcome(
        self,
        *,
        by: User | None,
        email: str,
        name: str,
        trust: Trust | None,
        password: str | None = None,
        **details: Any,
    ) -> User:
        """Add a person. Without a password they set one through "I have forgotten my passphrase"."""
        user = self.model(email=self.normalize_email(email).lower(), name=name, trust=trust, **details)
        user.set_password(password)
        user.save()
        Event.record(by=by, verb="welcomed", subject=user, trust=trust)
        return user

    def create_user(self, email: str, password: str | None = None, **details: Any) -> User:
        """Django's own name for ``welcome``."""
        details.setdefault("name", email.split("@")[0])
        details.setdefault("trust", None)
        return self.welcome(by=None, email=email, password=password, **details)


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractBaseUser):
    """A person. A leaver is deactivated, never deleted, so that what they wrote keeps its author."""

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=150)
    profession = models.CharField(max_length=100, blank=True)
    job_title = models.CharField(max_length=100, blank=True)
    trust = models.ForeignKey(Trust, models.PROTECT, null=True, blank=True, related_name="people")
    is_active = models.BooleanField("can sign in", default=True)
    away_until = models.DateField(null=True, blank=True)  # the last day away
    leaving_on = models.DateField("last day here, or in this post", null=True, blank=True)
    stand_in = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="stands_in_for", verbose_name="who stands in"
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        ordering = ["name"]
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="an_email_address_is_lower_case"),
            models.CheckConstraint(
                condition=models.Q(stand_in=None) | models.Q(away_until__isnull=False),
                name="somebody_stands_in_only_until_a_day",
            ),
            models.CheckConstraint(
                condition=~models.Q(stand_in=models.F("id")), name="nobody_stands_in_for_themselves"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    @cached_property
    def _places_and_roles(self) -> tuple[list[tuple], list[tuple]]:
        """The services of the person's trust, by name (id, parent, name, slug), and their roles (service, whose, role):
        one query, asked once for each request."""
        if self.trust_id is None:
            return [], []
        rows = _places_and_roles().rows(user=self.pk, trust=self.trust_id, today=clock.today())
        return [row[1:] for row in rows if row[0] == 0], [row[1:4] for row in rows if row[0] == 1]

    def tree(self) -> list[Service]:
        """The services of the person's trust, each under its parent; no more of each than its names."""
        return as_tree(
            Service(pk=pk, trust_id=self.trust_id, parent_id=parent, name=name, slug=slug)
            for pk, parent, name, slug in self._places_and_roles[0]
        )

    @cached_property
    def reach(self) -> Reach:
        """Which services this person's roles reach."""
        if self.trust_id is None:
            return Reach(user_id=self.pk, trust_id=None, parents={}, memberships=[])
        places, roles = self._places_and_roles
        parents = tuple((pk, parent) for pk, parent, *_ in places)
        return _reach(self.pk, self.trust_id, parents, tuple((service, role, whose) for service, whose, role in roles))

    def _look_again(self) -> None:
        """Where the person's roles reach is asked anew."""
        for name in ("reach", "_places_and_roles"):
            self.__dict__.pop(name, None)

    def approves(self) -> bool:
        """Does a role of their own make them an approver?"""
        return self.memberships.filter(role__in=holding(APPROVE)).exists()

    @property
    def is_away(self) -> bool:
        return self.away_until is not None and self.away_until >= clock.today()

    @property
    def who_decides(self) -> User:
        """Who decides today where this person would: they themselves, or whoever stands in while they are away, if
        that person is still here."""
        stand_in = self.stand_in if self.is_away else None
        return stand_in if stand_in and stand_in.is_active and stand_in.trust_id == self.trust_id else self

    def audience_tokens(self) -> frozenset[str]:
        return self.reach.tokens

    def roles_in_words(self) -> str:
        """For example "reader in Respiratory"."""
        return " and ".join(
            f"{ROLES[membership.role].label.lower()} in {membership.service or 'the whole trust'}"
            for membership in self.memberships.all()
        )

    def may_use_admin(self) -> bool:
        return self.is_active and (self.reach.may_anywhere(CURATE) or self.reach.may_anywhere(ADMINISTER))

    # Django's admin asks these; rights come from roles instead.
    @property
    def is_staff(self) -> bool:
        return self.may_use_admin()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False

    @transaction.atomic
    def join(self, service: Service | None, *, role: str, by: User | None) -> None:
        """Take a role in a service (None: in the whole trust). Twice is once."""
        _, new = self.memberships.get_or_create(service=service, role=role)
        self._look_again()
        if new:
            Event.record(
                by=by,
                verb="joined",
                subject=self,
                trust=self.trust,
                role=role,
                service=service and service.slug,
            )

    @transaction.atomic
    def give_up(self, service: Service | None, *, role: str, by: User | None) -> None:
        """End a role in a service (None: in the whole trust). Twice is once."""
        gone, _ = self.memberships.filter(service=service, role=role).delete()
        self._look_again()
        if gone:
            slug = service and service.slug
            Event.record(by=by, verb="gave_up", subject=self, trust=self.trust, role=role, service=slug)

    @transaction.atomic
    def describe(self, *, by: User | None, **fields: Any) -> None:
        """Change a person's name, address, profession or job title."""
        if "email" in fields:
            fields["email"] = fields["email"].lower()
        for field, value in fields.items():
            setattr(self, field, value)
        self.save(update_fields=list(fields))
        Event.record(by=by, verb="described_person", subject=self, trust=self.trust, parts=sorted(fields))

    @transaction.atomic
    def move_to(self, trust: Trust, *, by: User | None) -> None:
        """Move to another trust: what is theirs stays theirs, the roles of the old trust end."""
        Event.record(by=by, verb="moved", subject=self, trust=trust, came_from=self.trust and self.trust.ods_code)
        self.memberships.all().delete()
        self.trust = trust
        self._look_again()
        self.save(update_fields=["trust"])
        SearchEntry.remove("person", [self.pk])  # until the clock finds them in their new trust

    @transaction.atomic
    def be_away(self, *, by: User, until: datetime.date, stand_in: User | None = None) -> None:
        """Be away until this day (that day too); somebody may decide in one's stead meanwhile."""
        self.away_until, self.stand_in = until, stand_in
        self.save(update_fields=["away_until", "stand_in"])
        who = stand_in and stand_in.name
        Event.record(by=by, verb="went_away", subject=self, trust=self.trust, until=until.isoformat(), stands_in=who)
        Notice.send(
            stand_in,
            words=f"You stand in for {self.name} until {until.day} {until:%B %Y}: you decide what they would.",
            why="They, or an administrator, named you.",
            url=reverse("my_account"),
        )

    @transaction.atomic
    def be_back(self, *, by: User) -> None:
        self.away_until = self.stand_in = None
        self.save(update_fields=["away_until", "stand_in"])
        Event.record(by=by, verb="was_back", subject=self, trust=self.trust)

    @transaction.atomic
    def say_leaving(self, *, by: User, on: datetime.date | None) -> None:
        """Say which is their last day here or in this post (None: they stay). Whoever leads their services is told, so
        that what they know can be gathered while they are here."""
        self.leaving_on = on
        self.save(update_fields=["leaving_on"])
        Event.record(
            by=by, verb="said_leaving", subject=self, trust=self.trust, on=on.isoformat() if on else "they stay"
        )
        words = f"{self.name} leaves on {on.day} {on:%B %Y}" if on else f"{self.name} stays"
        for lead in self.led_by() - {by, self}:
            why = "You lead a service of theirs."
            Notice.send(lead, words=words, why=why, url=reverse("leaving", args=[self.pk]))

    def led_by(self) -> set[User]:
        """Those who answer for the services in which this person has a role."""
        if self.trust is None:
            return set()
        services = [one.service for one in self.memberships.select_related("service") if one.service]
        return {lead for service in services for lead in User.objects.leading(service, trust=self.trust)}

    @transaction.atomic
    def leave(self, *, by: User | None) -> None:
        """Leave: no more signing in; everything written stays, with its author."""
        if User.objects.filter(pk=self.pk, is_active=True).update(is_active=False):
            self.is_active = False
            Event.record(by=by, verb="left", subject=self, trust=self.trust)
            SearchEntry.remove("person", [self.pk])

    @transaction.atomic
    def come_back(self, *, by: User | None) -> None:
        """Come back: the account opens again, with the roles that it had."""
        if User.objects.filter(pk=self.pk, is_active=False).update(is_active=True):
            self.is_active = True
            Event.record(by=by, verb="came_back", subject=self, trust=self.trust)
