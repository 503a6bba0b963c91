"""Each kind of unit as a model of its own, so that the admin can show each on its own page."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from services.models.units import Unit, UnitQuerySet


class KindManager(models.Manager.from_queryset(UnitQuerySet)):
    """Units of the proxy's own kind."""

    def get_queryset(self):
        return super().get_queryset().filter(kind=self.model.KIND)


class District(Unit):
    KIND = Unit.Kind.DISTRICT
    objects = KindManager()

    class Meta:
        proxy = True
        verbose_name = _("district")
        verbose_name_plural = _("districts")


class Street(Unit):
    KIND = Unit.Kind.STREET
    objects = KindManager()

    class Meta:
        proxy = True
        verbose_name = _("street")
        verbose_name_plural = _("streets")


class Community(Unit):
    KIND = Unit.Kind.COMMUNITY
    objects = KindManager()

    class Meta:
        proxy = True
        verbose_name = _("community")
        verbose_name_plural = _("communities")


class Branch(Unit):
    KIND = Unit.Kind.BRANCH
    objects = KindManager()

    class Meta:
        proxy = True
        verbose_name = _("branch")
        verbose_name_plural = _("branches")


class Department(Unit):
    KIND = Unit.Kind.DEPARTMENT
    objects = KindManager()

    class Meta:
        proxy = True
        verbose_name = _("department")
        verbose_name_plural = _("departments")
