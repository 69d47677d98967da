"""An application that does nothing: what remains is the loader, the loopback and gunicorn."""


def application(_environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"{}"]
