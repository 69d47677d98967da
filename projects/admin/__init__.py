"""Registered here: projects with their plans and months, what they refer to, what was announced, and accounts."""

from . import (  # noqa: F401 - the admin looks for registrations here
    accounts,
    announced,
    attachments,
    baselines,
    checks,
    followup_milestones,
    followup_orders,
    followup_problems,
    ledgers,
    lights,
    month,
    periods,
    planchanges,
    project,
    reference,
    review,
    review_report,
    timeliness,
)
