from django.conf import settings


def site(_request):
    """What every page shows, whoever renders it."""
    return {"demo": settings.DEMO}
