"""Handing over a file that was made here and is kept."""

from typing import cast

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse


def stored_file(file: FieldFile, *, name: str, content_type: str) -> HttpResponse:
    """The file as a download called `name`. Http404 when it is not on the disk any more."""
    try:
        stored = file.open("rb")
    except OSError:
        raise Http404 from None
    answer = FileResponse(stored, as_attachment=True, filename=name, content_type=content_type)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return cast("HttpResponse", answer)  # Django's streams are not of that class
