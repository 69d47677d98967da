"""An attachment's content as an answer: what it is was decided when it came, and a browser must not think again."""

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from projects.models import Attachment


def content_response(attachment: Attachment) -> FileResponse:
    """Pictures are shown, everything else is saved; neither may run anything or be kept by a cache between."""
    try:
        content = attachment.file.open("rb")
    except FileNotFoundError as error:
        raise Http404(_("文件已不在，请联系系统管理员从备份恢复。")) from error
    response = FileResponse(
        content,
        as_attachment=attachment.kind != Attachment.Kind.PHOTO,
        filename=attachment.name,
        content_type=attachment.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
