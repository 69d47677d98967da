"""The whole demo: the generated projects, and on top of them what the demo district was honoured and commended for."""

from dataclasses import dataclass

from django.db import transaction

from erqi.core.services import audit
from projects.services import demo, totals
from projects.services.demo import Generated
from projects.services.demo.accounts import create_users, give_memberships

from . import rows


@dataclass(frozen=True)
class Demo:
    """``passwords``: by user name, of the accounts created just now; they are kept nowhere."""

    generated: Generated
    passwords: dict[str, str]


@transaction.atomic
def generate_demo(*, projects: int, seed: int, year: int) -> Demo:
    """Replace whatever demo the database holds with a new one; refuse to touch any other database."""
    demo.refuse_unless_demo()
    demo.clear(*rows.EMPTIED)
    demo.remove()
    users, passwords = create_users()
    generated = demo.generate(projects=projects, seed=seed, year=year, reviewer=users["reviewer"])
    give_memberships(users, generated.district)
    rows.honour(generated.district, year)
    rows.commend(generated.district, year)
    rows.assess(generated.district, year)
    facts = {"projects": projects, "plans": generated.plans, "reports": generated.reports, "seed": seed, "year": year}
    after = {name: str(value) for name, value in facts.items()}
    audit.record("demo.generate", generated.district.source, by=None, after=after)
    totals.rewrite()
    return Demo(generated, passwords)
