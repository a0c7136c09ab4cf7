"""Kinds of guidance that the admin lists by their own names."""

from __future__ import annotations

from knowledge.models.guidance import Guidance, GuidanceManager, GuidanceQuerySet


class _OfKind(GuidanceManager):
    def __init__(self, kind: str):
        super().__init__()
        self._kind = kind

    def get_queryset(self) -> GuidanceQuerySet:
        return super().get_queryset().filter(kind=self._kind)


class Guideline(Guidance):
    """Guidelines, listed in the admin by their own name."""

    objects = _OfKind(Guidance.Kind.GUIDELINE)

    class Meta:
        proxy = True


class ServiceFramework(Guidance):
    """Service frameworks, listed in the admin by their own name."""

    objects = _OfKind(Guidance.Kind.SERVICE_FRAMEWORK)

    class Meta:
        proxy = True
