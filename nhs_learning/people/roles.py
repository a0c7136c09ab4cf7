"""Roles, as a document that a governance lead can read: what each is for, and what a person who holds it may do.

A role is held in a service and reaches down the tree to every service beneath it; held in no service, it reaches
the whole trust. A person may hold several.
"""

from __future__ import annotations

from dataclasses import dataclass

# Capabilities: the words that permissions ask about.
READ = "read"  # what is open to the services that the role reaches
CONTRIBUTE = "contribute"  # suggest changes, share what they know
FACILITATE = "facilitate"  # run learning reviews
APPROVE = "approve"  # decide on changes; extend a review date
CURATE = "curate"  # draft, import, adopt and withdraw guidance; keep the vocabulary
LEAD = "lead"  # assess the service against frameworks; see what is private in it
ADMINISTER = "administer"  # services, people and roles


@dataclass(frozen=True)
class Role:
    name: str
    label: str
    purpose: str
    capabilities: frozenset[str]


def _role(name: str, label: str, purpose: str, *capabilities: str) -> Role:
    return Role(name, label, purpose, frozenset({READ, *capabilities}))


ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        _role("reader", "Reader", "Reads guidance and finds out whom to ask."),
        _role("contributor", "Contributor", "Also suggests changes and shares what they know.", CONTRIBUTE),
        _role("facilitator", "Facilitator", "Also runs learning reviews.", CONTRIBUTE, FACILITATE),
        _role("approver", "Approver", "Also decides on changes, never on their own.", CONTRIBUTE, APPROVE),
        _role("curator", "Curator", "Also drafts, imports, adopts and withdraws guidance.", CONTRIBUTE, CURATE),
        _role(
            "service_lead",
            "Service lead",
            "Also answers for the service: assesses it against frameworks, sees what is private in it.",
            CONTRIBUTE,
            FACILITATE,
            LEAD,
        ),
        _role(
            "administrator",
            "Administrator",
            "Also looks after services, people and roles.",
            CONTRIBUTE,
            CURATE,
            ADMINISTER,
        ),
    )
}

CHOICES = [(role.name, role.label) for role in ROLES.values()]


def holding(capability: str) -> list[str]:
    """The names of the roles that have this capability."""
    return [role.name for role in ROLES.values() if capability in role.capabilities]
