"""What the deployment files promise, read from the files themselves."""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

BASE_DIR = Path(__file__).resolve().parents[2]
ENV_EXAMPLE = BASE_DIR / ".env.example"
TEMPLATE = BASE_DIR / "deploy/nginx/templates/default.conf.template"

COMPOSE_TEXT = (BASE_DIR / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]
LONG_RUNNING = {name: service for name, service in SERVICES.items() if service["restart"] != "no"}

SECRETS = {"ERQI_SECRET_KEY", "POSTGRES_PASSWORD"}
# Compose's own, and gunicorn's: not read by the settings.
NOT_SETTINGS = {"POSTGRES_PASSWORD", "SITE_HOST", "CERTIFICATE_DIR", "WEB_CONCURRENCY"}
INTERPOLATED = re.compile(r"(?<!\$)\$\{([A-Z_]+)(:[-?+])?([^}]*)\}")


def names_that_settings_read() -> set[str]:
    """First arguments of env(…) and env.xxx(…)."""
    tree = ast.parse((BASE_DIR / "erqi/settings.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    return {call.args[0].value for call in calls if ast.unparse(call.func).partition(".")[0] == "env"}


def example_lines() -> dict[str, str]:
    found = re.findall(r"^(#? ?)([A-Z][A-Z_]+)=(.*)$", ENV_EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len({name for _mark, name, _value in found}) == len(found), "a name occurs twice"
    return {name: value for _mark, name, value in found}


def test_settings_name_their_variables_in_full():
    names = names_that_settings_read()
    assert len(names) > 15
    assert all(isinstance(name, str) and name.startswith("ERQI_") for name in names)


def test_the_example_names_exactly_what_is_read():
    assert set(example_lines()) == names_that_settings_read() | NOT_SETTINGS


def test_the_example_holds_nothing_that_works_as_a_secret():
    lines = example_lines()
    assert all(lines[name] == "" for name in SECRETS)
    assert "PASSWORD@" in lines["ERQI_DATABASE_URL"]


def test_every_variable_of_compose_is_in_the_example():
    used = {name for name, _operator, _default in INTERPOLATED.findall(COMPOSE_TEXT)}
    assert used >= SECRETS
    assert used <= set(example_lines())


def test_secrets_have_no_default_and_a_missing_one_says_what_to_do():
    for name, operator, words in INTERPOLATED.findall(COMPOSE_TEXT):
        if name in SECRETS:
            assert operator == ":?", name
            assert re.search(r"[一-鿿]", words), name
    for service in SERVICES.values():
        given = {name: value for name, value in service["environment"].items() if re.search("PASSWORD|SECRET", name)}
        assert all(value.startswith("${") for value in given.values())
        assert re.match(r"postgres://erqi:\$\{", service["environment"].get("ERQI_DATABASE_URL", "postgres://erqi:${"))


def test_settings_given_by_compose_are_settings():
    given = {name for service in SERVICES.values() for name in service["environment"] if name.startswith("ERQI_")}
    assert given <= names_that_settings_read()


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_what_runs_for_long_is_watched_and_restarted(name):
    service = LONG_RUNNING[name]
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])


def test_four_services_run_for_long_and_one_prepares_them():
    assert set(LONG_RUNNING) == {"database", "web", "worker", "proxy"}
    assert set(SERVICES) - set(LONG_RUNNING) == {"setup"}
    for name in ("web", "worker"):
        assert SERVICES[name]["depends_on"]["setup"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_only_the_proxy_is_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert [name for name, service in SERVICES.items() if "outside" in service["networks"]] == ["proxy"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_data_is_kept_in_named_volumes():
    for name, place in (("database", "/var/lib/postgresql/data"), ("web", "/app/var/media")):
        volumes = dict(reversed(volume.rsplit(":", 1)) for volume in SERVICES[name]["volumes"])
        assert volumes[place] in COMPOSE["volumes"]


def test_the_proxy_mounts_the_template_of_this_repository_and_sets_all_it_names():
    proxy = SERVICES["proxy"]
    assert "./deploy/nginx/templates:/etc/nginx/templates:ro" in proxy["volumes"]
    wanted = set(re.findall(r"\$\{([A-Z_]+)\}", TEMPLATE.read_text(encoding="utf-8")))
    assert wanted == set(proxy["environment"])


def test_the_image_runs_as_nobody_special_and_keeps_no_secret():
    lines = (BASE_DIR / "Dockerfile").read_text(encoding="utf-8").splitlines()
    final = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert "USER erqi" in final
    assert not any(re.match(r"(ENV|ARG) .*(SECRET|PASSWORD)", line) for line in lines)


def test_addresses_of_registries_are_the_builders_own_affair():
    for name in ("Dockerfile", "docker-compose.yml"):
        text = (BASE_DIR / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!\$\$SITE_HOST)", text), name


def test_what_the_image_needs_is_not_kept_from_it():
    """COPY leaves out what .dockerignore names."""
    ignored = set((BASE_DIR / ".dockerignore").read_text(encoding="utf-8").split())
    assert {".env", "var", ".git"} <= ignored
    assert ignored.isdisjoint({"deploy", "scripts", "fixtures", "erqi", ".npmrc", "package-lock.json"})


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="not installed: docker-compose")
def test_compose_itself_accepts_the_file_and_refuses_it_without_secrets(tmp_path):
    shutil.copy(BASE_DIR / "docker-compose.yml", tmp_path)
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    def config(**given: str) -> subprocess.CompletedProcess:
        (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
        command = ["docker-compose", "config", "--quiet"]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    complete = {"ERQI_SECRET_KEY": "a", "POSTGRES_PASSWORD": "b", "SITE_HOST": "c.example"}
    assert config(**complete).returncode == 0
    for name in complete:
        refused = config(**{**complete, name: ""})
        assert refused.returncode != 0
        assert ".env" in refused.stderr


def test_photos_pass_the_proxy_and_the_limit_is_the_largest_of_all():
    """Django's own limit for one attachment must not be beyond what nginx lets through."""
    limits = [int(size) for size in re.findall(r"client_max_body_size (\d+)m;", TEMPLATE.read_text(encoding="utf-8"))]
    default = int(example_lines()["ERQI_ATTACHMENT_MAX_MB"])
    assert limits == [10, 100]
    assert default < limits[1]
