"""Labels of form fields as parts of other sentences."""

from django import template

register = template.Library()


@register.filter
def topic(label):
    """``label`` without the mark it ends in, so that a colon may follow: "Is it solved?" becomes "Is it solved"."""
    return str(label).rstrip("?:\uff1f\uff1a ")
