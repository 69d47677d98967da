import json
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer


class JSONRenderer(BaseRenderer):
    """UTF-8 JSON. Only what a serializer makes and words that wait for their language; a number that is neither an
    integer nor text is a mistake.
    """

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None):
        if data is None:
            return b""
        try:
            return orjson.dumps(data, default=_plain)
        except orjson.JSONEncodeError:
            # Beyond 64 bits, or half a character: written some other way than through us, and still to be read.
            return json.dumps(data, default=_plain).encode()


def _plain(value: Any) -> str:
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(type(value).__name__)
