from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0035_signals_in_english'),
        ('services', '0021_definitions_in_english'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='servicerequest',
            name='case_for_meeting',
        ),
        migrations.AddIndex(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('status__in', ('filed', 'accepted', 'referred', 'dispatched', 'in_hand', 'returned'))), fields=['due_at', 'id', 'area', 'status'], name='case_worked_on'),
        ),
        migrations.AddIndex(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('for_meeting', True), ('status__in', ('filed', 'accepted', 'referred', 'dispatched', 'in_hand', 'returned', 'fulfilled', 'parked'))), fields=['area'], name='case_for_meeting'),
        ),
    ]
