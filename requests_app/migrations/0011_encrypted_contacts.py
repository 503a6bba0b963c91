"""Name, phone and room of a case are encrypted, and so is what a filing under way holds."""

import django.core.validators
from django.conf import settings
from django.db import migrations, models

import services.encryption
from services.encryption import decrypt, encrypt, lookup_hash
from services.rotation import rewrite

CASES = ("requests_app_servicerequest", ("id", "contact_name", "contact_phone", "room", "contact_phone_hash"))
DRAFTS = ("requests_app_draft", ("key", "data"))


def encrypt_contacts(apps, editor):
    def encrypted(_key, name, phone, room, _hash):
        return encrypt(name), encrypt(phone), encrypt(room), lookup_hash(phone)

    rewrite(editor.connection, *CASES, encrypted)
    rewrite(editor.connection, *DRAFTS, lambda _key, data: [encrypt(data)])


def decrypt_contacts(apps, editor):
    def decrypted(_key, name, phone, room, _hash):
        return decrypt(name), decrypt(phone), decrypt(room), ""

    rewrite(editor.connection, *CASES, decrypted)
    rewrite(editor.connection, *DRAFTS, lambda _key, data: [decrypt(data)])


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0010_pauses_extensions_orders_and_alarms"),
        ("services", "0005_encrypted_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="servicerequest",
            name="contact_phone_hash",
            field=services.encryption.HashOf("contact_phone", verbose_name="hash of the number"),
        ),
        migrations.AlterField(
            model_name="draft",
            name="data",
            field=services.encryption.EncryptedJSONField(default=dict),
        ),
        migrations.AlterField(
            model_name="servicerequest",
            name="contact_name",
            field=services.encryption.EncryptedTextField(blank=True, max_length=40, verbose_name="full name"),
        ),
        migrations.AlterField(
            model_name="servicerequest",
            name="contact_phone",
            field=services.encryption.EncryptedTextField(
                max_length=11,
                validators=[
                    django.core.validators.RegexValidator(
                        "^1[0-9]{10}\\Z", "Enter a mobile number of 11 digits, for example 19900000000."
                    )
                ],
                verbose_name="mobile number",
            ),
        ),
        migrations.AlterField(
            model_name="servicerequest",
            name="room",
            field=services.encryption.EncryptedTextField(blank=True, max_length=20, verbose_name="room"),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(fields=["contact_phone_hash"], name="case_phone"),
        ),
        migrations.RunPython(encrypt_contacts, decrypt_contacts),
    ]
