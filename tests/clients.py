from rest_framework.test import APIClient

from tests.factories import key_for

API = "/api/v1"


def client_for(user, *scopes: str) -> APIClient:
    """Another system calling with a token of ``user``; all scopes unless some are named."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key_for(user, *scopes)}")
    return client


def paths(response) -> list[str]:
    """The fields a problem speaks of."""
    assert response["Content-Type"] == "application/problem+json", response["Content-Type"]
    return [error["path"] for error in response.json().get("errors", [])]
