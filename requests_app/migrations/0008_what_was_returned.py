from django.db import migrations, models


def remember_returns(apps, schema_editor):
    """Mark the parts that were returned before this field was there."""
    Event, Assignment = apps.get_model("requests_app", "Event"), apps.get_model("requests_app", "Assignment")
    for case, unit, at in list(Event.objects.filter(act="return").values_list("case", "unit", "at")):
        parts = Assignment.objects.filter(case=case, unit=unit, part="lead", assigned_at__lte=at)
        latest = parts.order_by("-assigned_at", "-pk").values_list("pk", flat=True).first()
        Assignment.objects.filter(pk=latest).update(returned_at=at)


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0007_more_acts'),
    ]

    operations = [
        migrations.AddField(
            model_name='assignment',
            name='returned_at',
            field=models.DateTimeField(null=True, verbose_name='returned at'),
        ),
        migrations.AlterField(
            model_name='photo',
            name='stage',
            field=models.CharField(choices=[('before', 'before'), ('after', 'after'), ('evidence', 'evidence of a return')], default='before', max_length=10, verbose_name='stage'),
        ),
        migrations.RunPython(remember_returns, migrations.RunPython.noop),
    ]
