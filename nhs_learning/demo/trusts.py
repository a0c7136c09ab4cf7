"""Opens the demonstration trusts: their services as a tree, the people who work there, and how they review things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.hashers import make_password

from nhs_learning.people.models import Service, Trust, User
from reviews import methods
from routines.models import Routine

PASSPHRASE = "demo-only-passphrase"


def open_trust(about: dict[str, Any]) -> Iterator[str]:
    """Open a trust, or what of it is missing."""
    trust, new = Trust.register(ods_code=about["ods_code"], name=about["name"])
    if new:
        yield trust.name
    services = _services(trust, about["services"])
    people = _people(trust, about, services)
    for row in about["services"]:
        if "lead" in row:
            Service.objects.filter(trust=trust, slug=row["slug"], lead=None).update(lead=people[row["lead"]])
    if "methods" in about:
        for routine in methods.equip(trust):
            Routine.objects.filter(pk=routine.pk).update(owner=people[about["methods"][routine.slug]])


def _services(trust: Trust, rows: list[dict[str, Any]]) -> dict[str, Service]:
    services: dict[str, Service] = {service.slug: service for service in trust.services.all()}
    for row in rows:
        if row["slug"] not in services:
            details = {key: row[key] for key in ("level", "nature") if key in row}
            services[row["slug"]] = Service.open(
                by=None,
                trust=trust,
                name=row["name"],
                slug=row["slug"],
                parent=services.get(row.get("parent", "")),
                **details,
            )
    return services


def _people(trust: Trust, about: dict[str, Any], services: dict[str, Service]) -> dict[str, User]:
    people: dict[str, User] = {}
    arrived = []
    for key, (name, job_title, profession, roles) in about["people"].items():
        email = f"{key}@{about['domain']}"
        person = User.objects.filter(email=email).first()
        if person is None:
            person = User.objects.welcome(
                by=None, email=email, name=name, trust=trust, job_title=job_title, profession=profession
            )
            arrived.append(person.pk)
        for service, role in roles.items():
            person.join(services[service] if service else None, role=role, by=None)
        people[key] = person
    if arrived:  # one hash for all, since hashing takes its time on purpose, and everybody can read the passphrase
        User.objects.filter(pk__in=arrived).update(password=make_password(PASSPHRASE))
    return people
