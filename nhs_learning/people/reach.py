"""Reach: which services a person's roles extend to, worked out once from their memberships and the trust's tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from nhs_learning.people.roles import APPROVE, CURATE, LEAD, ROLES
from nhs_learning.record.prepared import given, given_ids


class Reach:
    """What one person may do in which services of their trust.

    ``parents`` maps each service of the trust to its parent (or None); ``memberships`` are (service or None, role
    name) pairs, where None means the whole trust; ``stands_in`` are the services in which they decide for an approver
    who is away. Never changed.
    """

    def __init__(
        self,
        *,
        user_id: int,
        trust_id: int | None,
        parents: Mapping[int, int | None],
        memberships: Iterable[tuple],
        stands_in: Iterable[int | None] = (),
    ):
        self.user_id = user_id
        self.trust_id = trust_id
        self._parents = parents
        self._capabilities: dict[int | None, set[str]] = {}
        self._own: set[int] = set()
        for service, role in memberships:
            self._capabilities.setdefault(service, set()).update(ROLES[role].capabilities)
            if service is not None:
                self._own.add(service)
        for service in stands_in:
            self._capabilities.setdefault(service, set()).add(APPROVE)

    def up_from(self, service: int | None) -> list[int]:
        """The service and those above it, nearest first."""
        line = []
        while service is not None and service not in line:
            line.append(service)
            service = self._parents.get(service)
        return line

    def may(self, capability: str, service: int | None) -> bool:
        """Has one of the person's roles this capability, and does it reach this service (None: the whole trust)?"""
        if service is not None and service not in self._parents:
            return False  # of another trust
        return any(capability in self._capabilities.get(s, ()) for s in [*self.up_from(service), None])

    def may_anywhere(self, capability: str) -> bool:
        return any(capability in capabilities for capabilities in self._capabilities.values())

    def services(self, capability: str) -> set[int]:
        """All services of the trust in which the person has this capability."""
        return {service for service in self._parents if self.may(capability, service)}

    def own_services(self) -> set[int]:
        """The services in which the person holds a role themselves."""
        return set(self._own)

    def near(self) -> set[int]:
        """The services whose *service* audience includes the person: those that a role of theirs reaches, and those
        above them, since members of a team are members of its division."""
        above = {s for own in self._own for s in self.up_from(own)}
        return above | {s for s in self._parents if any(up in self._capabilities for up in [*self.up_from(s), None])}

    @cached_property
    def tokens(self) -> frozenset[str]:
        """The audience tokens that the person holds; what they may find carries at least one of them."""
        tokens = {"public", "network", f"user:{self.user_id}"}
        if self.trust_id is not None:
            tokens.add(f"trust:{self.trust_id}")
        tokens |= {f"service:{service}" for service in self.near()}
        tokens |= {f"lead:{service}" for service in self.services(LEAD)}
        return frozenset(tokens)

    @cached_property
    def given(self) -> dict[str, Any]:
        """What takes the places of ``ANY_REACH``."""
        services = {"near": self.near(), LEAD: self.services(LEAD), CURATE: self.services(CURATE)}
        return {"user": self.user_id, "trust": self.trust_id, **{name: sorted(ids) for name, ids in services.items()}}


class AnyReach:
    """A reach that is yet to be given, for a question that is put into SQL once for all readers."""

    user_id = given("user")
    trust_id = given("trust")

    def near(self) -> Any:
        return given_ids("near")

    def services(self, capability: str) -> Any:
        return given_ids(capability)


ANY_REACH = AnyReach()

#: What somebody who has not signed in may find.
ANYBODY = frozenset({"public"})
