"""Signals on units, what was said about them, and what photos look like; what was said is written once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = "requests_app_signalword"


def guard(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(
            f"""CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE}
            FOR EACH ROW EXECUTE FUNCTION requests_app_written_once()"""
        )
        return
    for verb in ("UPDATE", "DELETE"):
        editor.execute(
            f"""CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE}
            BEGIN SELECT RAISE(ABORT, 'these rows are written once'); END"""
        )


def unguard(apps, editor):
    names = ["append_only"] if editor.connection.vendor == "postgresql" else ["no_update", "no_delete"]
    for name in names:
        table = f" ON {TABLE}" if editor.connection.vendor == "postgresql" else ""
        editor.execute(f"DROP TRIGGER {TABLE}_{name}{table}")


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0029_release_changed_at'),
        ('services', '0017_signal_definitions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Signal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(verbose_name='month')),
                ('number', models.PositiveIntegerField(verbose_name='requests that show it')),
                ('total', models.PositiveIntegerField(verbose_name='requests looked at')),
                ('is_lit', models.BooleanField(default=False, verbose_name='lit')),
                ('formula', models.CharField(max_length=400, verbose_name='formula in words')),
                ('state', models.CharField(choices=[('open', 'not judged yet'), ('explained', 'explained'), ('unexplained', 'not explained')], default='open', max_length=12, verbose_name='state')),
                ('counted_at', models.DateTimeField(verbose_name='counted at')),
            ],
            options={
                'verbose_name': 'signal',
                'verbose_name_plural': 'signals',
                'ordering': ['-month', 'unit__code', 'definition'],
            },
        ),
        migrations.CreateModel(
            name='SignalCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'verbose_name': 'case of a signal',
                'verbose_name_plural': 'cases of signals',
            },
        ),
        migrations.CreateModel(
            name='SignalWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('answer', 'the unit answers'), ('explained', 'explained'), ('unexplained', 'not explained')], max_length=12, verbose_name='kind')),
                ('text', models.CharField(max_length=500, verbose_name='in words')),
                ('number', models.PositiveIntegerField(verbose_name='requests that showed it')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'word on a signal',
                'verbose_name_plural': 'words on signals',
                'ordering': ['signal', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='StaffRating',
            fields=[
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='from_staff', serialize=False, to='requests_app.event')),
                ('units', models.JSONField()),
                ('at', models.DateTimeField(db_index=True)),
            ],
            options={
                'verbose_name': 'rating from a device of staff',
                'verbose_name_plural': 'ratings from devices of staff',
            },
        ),
        migrations.AddField(
            model_name='photo',
            name='likeness',
            field=models.CharField(blank=True, editable=False, max_length=16),
        ),
        migrations.AddIndex(
            model_name='photo',
            index=models.Index(condition=models.Q(('likeness', '')), fields=['id'], name='photo_without_likeness'),
        ),
        migrations.AddField(
            model_name='signal',
            name='definition',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signals', to='services.signaldefinition', verbose_name='definition of a signal'),
        ),
        migrations.AddField(
            model_name='signal',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signals', to='services.unit', verbose_name='unit'),
        ),
        migrations.AddField(
            model_name='signalcase',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='requests_app.servicerequest', verbose_name='case'),
        ),
        migrations.AddField(
            model_name='signalcase',
            name='signal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='opened', to='requests_app.signal'),
        ),
        migrations.AddField(
            model_name='signalcase',
            name='twin',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='requests_app.servicerequest'),
        ),
        migrations.AddField(
            model_name='signalword',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by'),
        ),
        migrations.AddField(
            model_name='signalword',
            name='signal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='words', to='requests_app.signal'),
        ),
        migrations.AddField(
            model_name='signalword',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.unit', verbose_name='unit'),
        ),
        migrations.AddIndex(
            model_name='signal',
            index=models.Index(condition=models.Q(('is_lit', True)), fields=['month'], name='signal_lit'),
        ),
        migrations.AddIndex(
            model_name='signal',
            index=models.Index(fields=['month', 'definition'], name='signal_month'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.UniqueConstraint(fields=('definition', 'unit', 'month'), name='signal_once_a_month'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.CheckConstraint(condition=models.Q(('number__lte', models.F('total'))), name='signal_of_those_looked_at'),
        ),
        migrations.AddConstraint(
            model_name='signalcase',
            constraint=models.UniqueConstraint(fields=('signal', 'case'), name='signal_opens_a_case_once'),
        ),
        migrations.AddConstraint(
            model_name='signalword',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='signal_word_says_something'),
        ),
        migrations.RunPython(guard, unguard),
    ]
