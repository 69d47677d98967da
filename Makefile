# 常用命令 / Everyday commands:
#   make run    启动（首次自动安装）    make demo   带演示数据启动    make test   全部测试（SQLite 与 PostgreSQL）
#   make check  代码检查               make lock   更新依赖锁定文件  make messages  收集待翻译文字

PORT ?= 8000
PROJECTS ?= 150
# make test ARGS="-k progress"
ARGS ?=

PYTHON ?= $(shell for p in python3 python3.11 python3.12; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null && echo "$$p" && break; done)
VENV_PYTHON := .venv/bin/python

.DEFAULT_GOAL := run
.PHONY: run demo test check lock messages bench failover setup setup-dev

run: setup
	@$(VENV_PYTHON) scripts/serve.py --port $(PORT)

demo: setup
	@$(VENV_PYTHON) scripts/serve.py --port $(PORT) --demo --projects $(PROJECTS)

test: setup-dev
	@$(VENV_PYTHON) -m tests.run $(ARGS)

check: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	git ls-files -z '*.py' | xargs -0 .venv/bin/django-upgrade --check --target-version 5.2
	@# Without its cache, which once hid an error that a fresh clone showed.
	.venv/bin/mypy --no-incremental
	.venv/bin/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings $(VENV_PYTHON) manage.py makemigrations --check --dry-run
	@# On PostgreSQL, where the locks are: SQLite rebuilds whole tables, which the linter takes for danger.
	DJANGO_SETTINGS_MODULE=tests.settings $(VENV_PYTHON) -m tests.private_postgres $(VENV_PYTHON) manage.py lintmigrations \
		--no-cache --quiet ok ignore --include-apps core accounts projects awards
	ERQI_HTTPS=1 $(VENV_PYTHON) manage.py check --deploy --fail-level WARNING
	$(VENV_PYTHON) scripts/messages.py check

# Keeps the versions that still fit; make lock UPGRADE=--upgrade takes the newest allowed.
# uv reads its own mirror settings (UV_DEFAULT_INDEX), not pip's.
COMPILE = var/lock-tools/bin/uv pip compile --quiet --universal --generate-hashes --no-header $(UPGRADE)
lock: python
	@$(PYTHON) -m venv var/lock-tools && var/lock-tools/bin/pip install --quiet --disable-pip-version-check uv
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) --group pyproject.toml:node -o requirements-node.lock
	@# Django would use psycopg 3 wherever it can be imported; addresses are each user's own affair.
	@! grep -nE '^psycopg(-binary|-c)?==|://|--index|--find-links' requirements*.lock

# How fast it is, beside a floor of the same machine: bench/README.md. make bench PROJECTS=100000 BENCH="--only list"
BENCH_PROJECTS = $(if $(filter file,$(origin PROJECTS)),10000,$(PROJECTS))
bench: setup-dev
	@$(VENV_PYTHON) -m bench --projects $(BENCH_PROJECTS) $(BENCH)

# The primary dies under load and the standby takes over: docs/scale.md. make failover ARGS="--runs 1"
failover: setup-dev
	@$(VENV_PYTHON) -m bench.failover $(ARGS)

messages: setup-dev
	$(VENV_PYTHON) scripts/messages.py make

setup: python
	@$(PYTHON) scripts/bootstrap.py

setup-dev: python
	@$(PYTHON) scripts/bootstrap.py --dev

.PHONY: python
python:
ifeq ($(strip $(PYTHON)),)
	@echo "需要 Python 3.11 或 3.12，未找到。请安装后重试，或指明位置：make run PYTHON=…" >&2
	@echo "Python 3.11 or 3.12 is needed and was not found. Install it, or say where it is: make run PYTHON=…" >&2
	@exit 1
endif
