from django.conf import settings


def site(request):
    """What every page shows, whoever renders it."""
    return {"demo": settings.DEMO}
