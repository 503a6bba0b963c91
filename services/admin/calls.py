"""How follow-up calls are made."""

from django.contrib import admin

from services.models import CallSlot, FollowUpRule


@admin.register(FollowUpRule)
class FollowUpRuleAdmin(admin.ModelAdmin):
    list_display = ["__str__", "urgency", "rate", "attempts", "slots", "basis"]


@admin.register(CallSlot)
class CallSlotAdmin(admin.ModelAdmin):
    list_display = ["__str__", "opens", "closes"]
