"""The privacy notice in the admin: new versions are added, what somebody may have agreed to is never changed."""

from django.contrib import admin

from services.models import PrivacyNotice, Retention


@admin.register(PrivacyNotice)
class PrivacyNoticeAdmin(admin.ModelAdmin):
    list_display = ["__str__", "published_at", "changes"]

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Retention)
class RetentionAdmin(admin.ModelAdmin):
    list_display = ["__str__", "months", "basis"]
    list_select_related = ["category"]
