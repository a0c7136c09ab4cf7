"""What one should know: the list of one's notices, and those not read yet on the home page."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string

#: How many the home page shows at most, and how many a page of the list.
ON_THE_HOME_PAGE, ON_A_PAGE = 5, 40


def mine(request: HttpRequest) -> HttpResponse:
    """All one's notices, the newest first; sent back, the page marks them as read."""
    notices = request.user.notices.all()
    if request.method == "POST":
        notices.were_read()
        return redirect("notices")
    page = Paginator(notices, ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "people/notices.html", {"page": page, "unread": notices.unread().exists()})


def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Go where a notice leads, which reads it."""
    notice = get_object_or_404(request.user.notices, pk=pk)
    request.user.notices.filter(pk=pk).were_read()
    return redirect(notice.url)


def unread(request: HttpRequest, _: object = None) -> str:
    """For the home page, in one query."""
    if not request.user.is_authenticated:
        return ""
    found = list(request.user.notices.unread()[: ON_THE_HOME_PAGE + 1])
    shown = {"notices": found[:ON_THE_HOME_PAGE], "more": found[ON_THE_HOME_PAGE:]}
    return render_to_string("people/unread.html", shown, request=request) if found else ""
