"""The documents say what the tables in code say: states, verbs and checks of the monthly cycle, and their words."""

import re
from pathlib import Path

import pytest
import yaml
from django.apps import apps
from django.utils import translation

from erqi.accounts.roles import Action
from erqi.core.jobs import JOBS
from projects.models import OrderExtension, PlanChange, Problem, ProgressReport, SupervisionOrder
from projects.services import checks, milestones, orders, plan_changes, problems, workflow

DOCS = Path(__file__).parents[2] / "docs"
CYCLE = (DOCS / "monthly-cycle.md").read_text(encoding="utf-8")
DEPLOYMENT = (DOCS / "deploy.md").read_text(encoding="utf-8")
GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
RIGHTS = {Action.REPORT: "填报", Action.ENDORSE: "签审", Action.REVIEW: "审核", Action.CHANGE: "修改"}
# Below the heading that names it: the model, its verbs.
TABLES = {
    "progress": (ProgressReport, workflow.STEPS),
    "plan": (PlanChange, plan_changes.STEPS),
    "problem": (Problem, problems.STEPS),
    "order": (SupervisionOrder, orders.STEPS),
    "extension": (OrderExtension, orders.DECISIONS),
}
# Of the models that the monthly cycle brought.
CYCLE_MODULES = {"period", "progress", "check", "plan_change", "milestone", "problem", "order", "attachment", "light"}
# The choices that the glossary gives one by one, each with its code.
STATES = ("Status", "Severity", "Level", "Dimension", "Colour")


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


def table(text: str, heading: str) -> list[str]:
    """The rows of the first table below the heading that ends in ``heading`` in backticks."""
    section = re.search(rf"^#+ [^\n]*`{heading}`\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, heading
    return [line for line in section[1].splitlines() if line.startswith("| ")][1:]


def row_of(model, step) -> str:
    """The verb as the document has to show it."""
    status = model.Status
    here = "、".join(f"{status(source).label} `{source}`" for source in step.sources)
    there = f"{status(step.target).label} `{step.target}`" if step.target else "不变"
    who = "、".join(RIGHTS[action] for action in step.actions)
    apart = "、".join(str(model._meta.get_field(name).verbose_name) for name in step.apart)
    words = f"`{step.words}`" if step.words else ""
    return re.sub(" +", " ", f"| {step.label} `{step.verb}` | {here} | {there} | {who} | {apart} | {words} |")


@pytest.mark.parametrize("name", TABLES)
def test_states_and_verbs(name):
    model, steps = TABLES[name]
    assert table(CYCLE, name) == [row_of(model, step) for step in steps]


def test_a_milestone_has_verbs_but_no_states():
    section = CYCLE.split("`milestone`\n")[1].split("\n#")[0]
    assert set(re.findall(r"`(\w+)`", section)) == {step.verb for step in milestones.STEPS}


def test_checks_and_their_defaults():
    written = [[cell.strip() for cell in row.strip("|").split("|")] for row in table(CYCLE, "check")]
    table_in_code = [(checks.Code(code), checks.Severity(check.severity)) for code, check in checks.CHECKS.items()]
    meant = [[f"{code.label} `{code}`", str(severity.label)] for code, severity in table_in_code]
    assert [[name, severity] for name, _looks_at, severity in written] == meant
    assert f"{checks.CHECKS[checks.Code.JUMP].threshold} 倍" in CYCLE


def test_the_limits_of_the_default_lights():
    rules = yaml.safe_load((DOCS.parent / "fixtures/180_lightruleset.yaml").read_text(encoding="utf-8"))[0]["fields"]
    written = [re.findall(r"\d+", "".join(row.split("|")[2:])) for row in table(CYCLE, "light")]
    names = [
        ["start_yellow", "start_red"],
        ["schedule_floor", "investment_yellow", "investment_red"],
        ["milestone_yellow", "milestone_red", "critical_red"],
        ["reporting_yellow", "reporting_red"],
    ]
    assert written == [[str(rules[name]) for name in group] for group in names]


def test_the_nightly_jobs_and_when_they_run():
    nightly = [f"{job.at.hour}:{job.at.minute:02d} {job.name}" for job in JOBS if job.at]
    assert [words for words in nightly if words not in DEPLOYMENT] == []


def of_the_cycle() -> list[type]:
    rows = apps.get_app_config("projects").get_models()
    return [row for row in rows if row.__module__.split(".")[-1] in CYCLE_MODULES and not is_history(row)]


def is_history(model) -> bool:
    return model.__name__.startswith("Historical")


@pytest.mark.parametrize("model", of_the_cycle(), ids=lambda model: model.__name__)
def test_the_glossary_names_every_row_and_state(model):
    assert f"`{model.__name__}`" in GLOSSARY
    choices = [group for name in STATES if (group := getattr(model, name, None))]
    assert [choice for group in choices for choice in group if f"{choice.label} `{choice}`" not in GLOSSARY] == []
