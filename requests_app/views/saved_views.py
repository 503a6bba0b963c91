"""The lists of a desk that a person keeps under names of their own."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from requests_app.forms.saved_views import NameForm, SaveForm
from requests_app.models import SavedView
from requests_app.views.desks import scope_at


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def saved_views(request, desk):
    """One's own views at a desk: to save another, rename, move up, delete; 404 where one does not sit there."""
    desk = scope_at(request.user, desk, {}, timezone.now())[0]
    views = SavedView.objects.at_desk(request.user, desk.slug)
    go = request.POST.get("go")
    if go in CHANGES:
        view = get_object_or_404(views, pk=_number(request.POST.get("view")))
        form = CHANGES[go](request, views, view)
        if form is None:
            return redirect("requests:desk-views", desk.slug)
        return manage(request, desk, views, renaming=form)
    form = SaveForm(request.POST) if request.method == "POST" else None
    if form is None or not form.is_valid():
        return manage(request, desk, views, saving=form)
    return save(request, desk, views, form)


def _number(text):
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def save(request, desk, views, form):
    name, query = form.cleaned_data["name"], form.cleaned_data["query"]
    if views.exclude(name=name).count() >= SavedView.AT_MOST:
        form.add_error("name", _("You keep %(number)s views here already; delete one first.") % {"number": len(views)})
        return manage(request, desk, views, saving=form)
    SavedView.objects.keep(request.user, desk.slug, name, query)
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": name})
    return redirect(f"{desk.get_absolute_url()}?{query}")


def rename(request, views, view):
    """None where it is done, otherwise the form with what is wrong."""
    form = NameForm(request.POST, instance=view, auto_id=f"view_{view.pk}_%s")
    if not form.is_valid():
        return form
    form.save()
    messages.success(request, _("The view is now called “%(name)s”.") % {"name": view.name})
    return None


def delete(request, views, view):
    view.delete()
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})


def move_up(request, views, view):
    """Change places with the one before."""
    order = list(views)
    place = order.index(view)
    if place:
        order[place - 1 : place + 1] = [view, order[place - 1]]
    for number, each in enumerate(order, start=1):
        each.order = number
    SavedView.objects.bulk_update(order, ["order"])


CHANGES = {"rename": rename, "delete": delete, "up": move_up}


def manage(request, desk, views, saving=None, renaming=None):
    """The page of one's views, with the form that was sent back."""
    lines = [
        {
            "view": view,
            "url": f"{desk.get_absolute_url()}?{view.query}",
            "form": renaming
            if renaming and renaming.instance.pk == view.pk
            else NameForm(instance=view, auto_id=f"view_{view.pk}_%s"),
            "is_first": place == 0,
        }
        for place, view in enumerate(views)
    ]
    context = {"desk": desk, "lines": lines, "form": saving, "wrong": saving or renaming}
    return render(request, "requests/desk_views.html", context)
