"""What runs without anybody asking. A job whose worker was killed is started again, so each one can be repeated."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from django_q.models import Schedule

from .models import AuditHead
from .services import audit

logger = logging.getLogger(__name__)

# The container engine asks how old this is: a worker that lives but works nothing off is not healthy.
ALIVE = Path(settings.VAR_DIR) / "run" / "worker.alive"


def verify_audit_chain() -> str:
    problems = list(audit.broken_links())
    for problem in problems:
        logger.error("审计链不符 / the audit chain does not hold: %s", problem)
    head = AuditHead.objects.filter(pk=1).first()
    # Kept outside this database by whoever collects the log: what `verify_audit --expect` is for.
    logger.info("审计链末端 / head of the audit chain: %s", head and f"{head.sequence} {head.hash}")
    return f"{len(problems)} problem(s)"


def clear_sessions() -> None:
    call_command("clearsessions")


def note_alive() -> None:
    ALIVE.parent.mkdir(parents=True, exist_ok=True)
    ALIVE.touch()


@dataclass(frozen=True)
class Job:
    """``at``: every night at this local time; without it every minute."""

    name: str
    function: str
    at: time | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def timing(self) -> dict[str, Any]:
        if self.at:
            return {"schedule_type": Schedule.DAILY, "minutes": None}
        return {"schedule_type": Schedule.MINUTES, "minutes": 1}

    def first_run(self) -> datetime:
        now = timezone.localtime()
        if self.at is None:
            return now
        today = datetime.combine(now.date(), self.at, now.tzinfo)
        return today if today > now else today + timedelta(days=1)


JOBS = (
    Job("核对审计链", "erqi.core.jobs.verify_audit_chain", time(2, 30)),
    Job("核对月度汇总", "projects.jobs.verify_totals", time(2, 40)),
    Job("清理过期会话", "erqi.core.jobs.clear_sessions", time(3, 10)),
    Job("计算亮灯", "projects.jobs.compute_lights", time(1, 20)),
    # Its results are not kept: a thousand a day would push out those of the nightly jobs.
    Job("后台心跳", "erqi.core.jobs.note_alive", options={"q_options": {"save": False}}),
)


def schedule_all() -> None:
    """Bring the table of schedules to what is listed here; the next run of a job that is already there stays."""
    for job in JOBS:
        wanted = {"func": job.function, "kwargs": repr(job.options) if job.options else None, **job.timing}
        Schedule.objects.update_or_create(
            name=job.name, defaults=wanted, create_defaults={**wanted, "next_run": job.first_run()}
        )
