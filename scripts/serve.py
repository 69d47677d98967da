"""`make run` and `make demo`: bring the database and the static files up to date, then serve.

One process does all of the preparing: starting Django once is most of what a second run costs.
"""

import argparse
import fcntl
import hashlib
import os
import socket
import sys
from pathlib import Path
from urllib.parse import quote

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("ERQI_VAR_DIR", BASE_DIR / "var"))
ADDRESS = "127.0.0.1"


def check_port_is_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            sys.exit(
                f"端口 {port} 已被占用，请换一个端口，例如 PORT={port + 1} make run\n"
                f"Port {port} is in use; try another one: PORT={port + 1} make run"
            )


def start_django() -> None:
    sys.path.insert(0, str(BASE_DIR))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "erqi.settings")
    import django

    django.setup()


def prepare_database(*, fixtures: bool = True) -> None:
    from django.core.management import call_command

    print("正在准备数据库 / Preparing the database", flush=True)
    call_command("migrate", verbosity=0, interactive=False)
    if fixtures:
        call_command("load_fixtures")
    call_command("create_first_admin")


def collect_static_files() -> None:
    """Only when a file changed: hashing and compressing all of them takes longer than the rest of a start."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    # Redoc cannot work under our content security policy, and compressing it takes seconds.
    ignored = ["redoc"]
    files = sorted(storage.path(name) for finder in get_finders() for name, storage in finder.list(ignored))
    facts = [(name, Path(name).stat().st_size, Path(name).stat().st_mtime_ns) for name in files]
    wanted = hashlib.sha256(repr(facts).encode()).hexdigest()
    stamp = VAR_DIR / "static.stamp"
    with (VAR_DIR / "static.lock").open("w") as lock:
        # `make run` and `make demo` started together share these files: the second waits and finds them done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if Path(settings.STATIC_ROOT).is_dir() and stamp.exists() and stamp.read_text() == wanted:
            return
        print("正在整理静态文件 / Collecting static files", flush=True)
        call_command("collectstatic", verbosity=0, interactive=False, clear=True, ignore_patterns=ignored)
        stamp.write_text(wanted)


def use_demo_database(path: Path) -> None:
    os.environ["ERQI_DATABASE_URL"] = f"sqlite:///{quote(str(path))}"
    os.environ["ERQI_DEMO"] = "1"


def prepare_demo(projects: int) -> None:
    """One database for each size, holding nothing but the demo. It exists only when it is complete: it is built
    beside its name, then renamed."""
    complete = VAR_DIR / f"demo-{projects}.sqlite3"
    if complete.exists():
        use_demo_database(complete)
        start_django()
        prepare_database(fixtures=False)
        return
    partial = VAR_DIR / "demo-partial.sqlite3"
    for leftover in VAR_DIR.glob(f"{partial.name}*"):
        leftover.unlink()
    use_demo_database(partial)
    start_django()
    prepare_database(fixtures=False)
    generate_demo(projects)
    # SQLite folds its write-ahead log into the file when the last connection closes.
    partial.rename(complete)
    use_demo_database(complete)


def generate_demo(projects: int) -> None:
    from django.core.management import call_command
    from django.db import connections

    print(f"正在生成 {projects} 个演示项目 / Generating {projects} demo projects", flush=True)
    call_command("generate_demo", projects=projects)
    connections.close_all()


def serve(port: int) -> None:
    print(f"\n请打开 / Open  http://{ADDRESS}:{port}/   （Ctrl-C 停止 / stops it）\n", flush=True)
    command = [sys.executable, "-m", "gunicorn", "erqi.wsgi:application", "--config=deploy/gunicorn.conf.py"]
    options = [f"--bind={ADDRESS}:{port}", "--workers=1"]
    os.chdir(BASE_DIR)
    os.execv(sys.executable, command + options)  # noqa: S606


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--demo", action="store_true", help="serve generated projects from a database of their own")
    parser.add_argument("--projects", type=int, default=150, help="how many projects a new demo has")
    options = parser.parse_args()
    check_port_is_free(options.port)
    if options.demo:
        prepare_demo(options.projects)
    else:
        start_django()
        prepare_database()
    collect_static_files()
    serve(options.port)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
