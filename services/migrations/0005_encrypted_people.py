"""Names and mobile numbers of people are encrypted; what the admin remembers of them loses the names too."""

import json

import django.core.validators
from django.db import migrations

import services.encryption
from services.encryption import decrypt, encrypt, lookup_hash
from services.models.users import new_username
from services.rotation import rewrite

COLUMNS = ("id", "name", "phone", "name_hash", "phone_hash", "username")


def encrypt_people(apps, editor):
    names = {}

    def change(key, name, phone, _name_hash, _phone_hash, username):
        # Whoever opened an account had the number as user name; they go on signing in with the number.
        if username == phone:
            username = new_username()
        if name:
            names[key] = (name, username)
        return encrypt(name), encrypt(phone) or None, lookup_hash(name), lookup_hash(phone) or None, username

    rewrite(editor.connection, apps.get_model("services.User")._meta.db_table, COLUMNS, change)
    _forget_names(apps, names)


def _forget_names(apps, names):
    """The admin's history shows people by their user names."""
    # Not a dependency: the admin's first migration waits for this app's first, which stands for this one too.
    if "logentry" not in apps.all_models["admin"]:
        return
    entries = apps.get_model("admin.LogEntry").objects.filter(content_type__app_label="services")
    entries = entries.filter(content_type__model__in=("user", "membership"))
    owners = dict(apps.get_model("services.Membership").objects.values_list("pk", "user"))
    for entry in entries.iterator():
        key = int(entry.object_id) if (entry.object_id or "").isdecimal() else None
        owner = key if entry.content_type.model == "user" else owners.get(key)
        if owner in names:
            entry.object_repr = entry.object_repr.replace(*names[owner])
            entry.change_message = _without(entry.change_message, *names[owner])
            entry.save(update_fields=["object_repr", "change_message"])


def _without(message, name, username):
    """``message`` with ``username`` for ``name``, also where JSON writes its letters as numbers."""
    return message.replace(json.dumps(name)[1:-1], username).replace(name, username)


def decrypt_people(apps, editor):
    """Names and numbers as they were; user names that replaced a number stay."""

    def change(_key, name, phone, _name_hash, _phone_hash, username):
        return decrypt(name), decrypt(phone), "", None, username

    rewrite(editor.connection, apps.get_model("services.User")._meta.db_table, COLUMNS, change)


class Migration(migrations.Migration):
    dependencies = [("services", "0004_half_days")]

    operations = [
        migrations.AlterModelManagers(name="user", managers=[]),
        migrations.AddField(
            model_name="user",
            name="name_hash",
            field=services.encryption.HashOf("name", db_index=True, verbose_name="hash of the name"),
        ),
        migrations.AddField(
            model_name="user",
            name="phone_hash",
            field=services.encryption.HashOf("phone", null=True, unique=True, verbose_name="hash of the number"),
        ),
        migrations.AlterField(
            model_name="user",
            name="name",
            field=services.encryption.EncryptedTextField(blank=True, max_length=40, verbose_name="full name"),
        ),
        migrations.AlterField(
            model_name="user",
            name="phone",
            field=services.encryption.EncryptedTextField(
                blank=True,
                max_length=11,
                null=True,
                validators=[
                    django.core.validators.RegexValidator(
                        "^1[0-9]{10}\\Z", "Enter a mobile number of 11 digits, for example 19900000000."
                    )
                ],
                verbose_name="mobile number",
            ),
        ),
        migrations.RunPython(encrypt_people, decrypt_people),
    ]
