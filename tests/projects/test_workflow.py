"""A month's way from draft to the figure in force: who takes which step, what it leaves behind, and who comes first."""

import json
import random
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from erqi.accounts.roles import Role
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.models import AuditEvent
from erqi.core.services import audit
from projects.models import FilingCheck, PeriodExtension, ProgressReport, ReportingPeriod
from projects.services import steps, workflow
from projects.services.periods import grant_extension
from projects.services.progress import record_month
from tests.factories import report, user_with
from tests.threads import at_once, refusals

Status = ProgressReport.Status


@pytest.fixture
def project(district):
    return district.street_project


@pytest.fixture
def clerk(district):
    return district.reporter


@pytest.fixture
def reviewer(district):
    return district.reviewer


@pytest.fixture
def head(district):
    return user_with(Role.ENDORSER, over=district.street, username="head")


@pytest.fixture
def drafted(project, clerk):
    return report(project, 2017, 3, "100", draft=True, by=clerk, explanation="")


@pytest.fixture
def filed(drafted, clerk):
    return workflow.submit(drafted, by=clerk)


@pytest.fixture
def accepted(filed, reviewer):
    return workflow.accept(filed, by=reviewer)


@pytest.fixture
def signing(db):
    """March 2017 has to be signed by the unit's head."""
    return ReportingPeriod.objects.create(
        year=2017, month=3, opens=date(2017, 3, 15), due=date(2017, 3, 25), endorsed=True
    )


def in_force(moment=None):
    return list(ProgressReport.objects.in_force(moment).values_list("revision", "invested"))


def last_event():
    return AuditEvent.objects.first()


def assert_audited(verb, by, *, before, after, revision=1, reason=""):
    event = last_event()
    assert (event.action, event.actor, event.reason) == (f"progress.{verb}", by.get_username(), reason)
    assert json.loads(event.before) == {"status": before}
    told = json.loads(event.after)
    assert (told["status"], told["year"], told["month"], told["revision"]) == (after, "2017", "3", str(revision))


class TestSubmit:
    def test_it_is_filed_dated_and_attributed(self, filed, clerk):
        assert (filed.status, filed.submitted_by) == (Status.SUBMITTED, clerk)
        assert filed.filed_at == filed.submitted_at
        assert_audited("submit", clerk, before="draft", after="submitted")

    def test_it_is_in_no_figure_yet(self, filed):
        assert in_force() == []

    def test_twice_is_a_conflict_that_names_the_first(self, filed, clerk):
        with pytest.raises(Conflict) as refused:
            workflow.submit(filed, by=clerk)
        assert refused.value.facts["by"] == str(clerk)
        assert refused.value.facts["at"] == filed.submitted_at.isoformat()

    def test_it_is_offered_while_the_month_is_open_for_the_unit(self, drafted, clerk, district, reviewer):
        offered = lambda: workflow.allowed([drafted], by=clerk)[drafted.pk]  # noqa: E731
        period = ReportingPeriod.objects.create(
            year=2017, month=3, opens=date(2017, 3, 15), due=date(2017, 3, 25), locks=date(2017, 4, 10)
        )
        assert offered() == []
        grant_extension(
            period=period, unit=district.street, due=date(2099, 12, 31), reason="停电", by=district.reviewer
        )
        assert offered() == ["submit"]
        PeriodExtension.objects.all().delete()
        # What was filed once and sent back may be filed again at any time.
        drafted.status, drafted.returned_at, drafted.return_reason = Status.RETURNED, timezone.now(), "补充"
        drafted.save()
        assert offered() == ["submit"]

    def test_a_colleague_may_file_what_another_drafted(self, drafted, district):
        colleague = user_with(Role.REPORTER, over=district.station)
        assert workflow.submit(drafted, by=colleague).submitted_by == colleague

    def test_the_unit_next_door_may_not(self, drafted, district):
        with pytest.raises(Forbidden):
            workflow.submit(drafted, by=user_with(Role.REPORTER, over=district.town))


class TestWithdraw:
    def test_it_is_a_draft_again_and_nobodys_filing(self, filed, clerk):
        drawn = workflow.withdraw(filed, by=clerk)
        assert (drawn.status, drawn.submitted_at, drawn.submitted_by) == (Status.DRAFT, None, None)
        assert_audited("withdraw", clerk, before="submitted", after="draft")

    def test_what_was_taken_back_untouched_was_never_filed(self, filed, clerk):
        """Else an empty filing on the last day, taken back at once, would be on time for good."""
        drawn = workflow.withdraw(filed, by=clerk)
        assert (drawn.filed_at, drawn.on_time) == (None, None)

    def test_what_was_returned_once_stays_filed(self, filed, clerk, reviewer):
        first = filed.filed_at
        returned = workflow.return_report(filed, by=reviewer, reason="补充")
        drawn = workflow.withdraw(workflow.submit(returned, by=clerk), by=clerk)
        assert drawn.filed_at == first

    def test_what_is_signed_can_no_longer_be_withdrawn(self, filed, clerk, head):
        signed = workflow.endorse(filed, by=head)
        with pytest.raises(Conflict, match="已签审"):
            workflow.withdraw(signed, by=clerk)

    def test_the_bureau_does_not_take_back_what_a_unit_filed(self, filed, reviewer):
        """It would be a return without a reason, and wipe out that the unit was on time."""
        assert "withdraw" not in workflow.allowed([filed], by=reviewer)[filed.pk]
        with pytest.raises(Forbidden, match="退回"):
            workflow.withdraw(filed, by=reviewer)

    def test_but_what_it_filed_itself(self, drafted, reviewer):
        filed = workflow.submit(drafted, by=reviewer)
        assert "withdraw" in workflow.allowed([filed], by=reviewer)[filed.pk]
        assert workflow.withdraw(filed, by=reviewer).status == Status.DRAFT

    def test_not_after_the_lock_for_it_could_not_be_filed_again(self, filed, clerk):
        today = timezone.localdate()
        days = {"opens": today - timedelta(20), "due": today - timedelta(10), "locks": today - timedelta(1)}
        ReportingPeriod.objects.create(year=filed.year, month=filed.month, **days)
        assert workflow.allowed([filed], by=clerk)[filed.pk] == []
        with pytest.raises(Conflict, match="锁定"):
            workflow.withdraw(filed, by=clerk)


class TestEndorse:
    def test_the_head_signs(self, filed, head):
        signed = workflow.endorse(filed, by=head)
        assert (signed.status, signed.endorsed_by) == (Status.ENDORSED, head)
        assert signed.endorsed_at >= signed.submitted_at
        assert_audited("endorse", head, before="submitted", after="endorsed")

    @pytest.mark.parametrize("role", [Role.REPORTER, Role.REVIEWER, Role.LEADER])
    def test_nobody_else_does(self, filed, district, role):
        with pytest.raises(Forbidden):
            workflow.endorse(filed, by=user_with(role, over=district.area))

    @pytest.mark.parametrize("part", ["wrote", "filed"])
    def test_not_what_one_wrote_or_filed_oneself(self, project, clerk, head, district, part):
        head.memberships.create(unit=district.street, role=Role.REPORTER)
        author, submitter = (head, clerk) if part == "wrote" else (clerk, head)
        drafted = report(project, 2017, 3, 1, draft=True, by=author)
        with pytest.raises(Forbidden) as refused:
            workflow.endorse(workflow.submit(drafted, by=submitter), by=head)
        assert refused.value.code == "own_work"


class TestReturn:
    def test_it_goes_back_with_reason_and_fields(self, filed, reviewer):
        returned = workflow.return_report(filed, by=reviewer, reason=" 与台账不符 ", fields=["invested", "invested"])
        assert (returned.status, returned.returned_by, returned.returns) == (Status.RETURNED, reviewer, 1)
        assert (returned.return_reason, returned.return_fields) == ("与台账不符", ["invested"])
        assert_audited("return", reviewer, before="submitted", after="returned", reason="与台账不符")
        assert json.loads(last_event().after)["fields"] == "invested"

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_never_without_a_reason(self, filed, reviewer, reason):
        with pytest.raises(ValidationError) as refused:
            workflow.return_report(filed, by=reviewer, reason=reason)
        assert "须写明理由" in refused.value.message_dict["reason"][0]
        filed.refresh_from_db()
        assert filed.status == Status.SUBMITTED

    def test_a_field_that_does_not_exist_is_named_with_those_that_do(self, filed, reviewer):
        with pytest.raises(ValidationError) as refused:
            workflow.return_report(filed, by=reviewer, reason="补充", fields=["money"])
        (message,) = refused.value.message_dict["fields"]
        assert "money" in message
        assert "physical_percent" in message

    def test_the_head_returns_too_and_a_signature_under_it_no_longer_holds(self, filed, head):
        returned = workflow.return_report(workflow.endorse(filed, by=head), by=head, reason="看错了")
        assert (returned.status, returned.endorsed_by, returned.endorsed_at) == (Status.RETURNED, None, None)

    def test_resubmitting_keeps_the_first_filing_and_counts_the_returns(self, filed, clerk, reviewer):
        first = filed.filed_at
        for _ in range(2):
            filed = workflow.submit(workflow.return_report(filed, by=reviewer, reason="补充"), by=clerk)
        assert (filed.filed_at, filed.returns) == (first, 2)
        assert filed.submitted_at > first

    def test_what_is_in_force_is_reopened_not_returned(self, accepted, reviewer):
        with pytest.raises(Conflict, match="已认定"):
            workflow.return_report(accepted, by=reviewer, reason="补充")


class TestAccept:
    def test_it_is_in_force_dated_and_attributed(self, accepted, reviewer):
        assert in_force() == [(1, 100)]
        assert (accepted.accepted_by, accepted.status) == (reviewer, Status.ACCEPTED)
        assert_audited("accept", reviewer, before="submitted", after="accepted")

    def test_before_it_was_accepted_it_was_not_known(self, filed, reviewer):
        moment = timezone.now()
        workflow.accept(filed, by=reviewer)
        assert in_force(moment) == []

    @pytest.mark.parametrize("part", ["wrote", "filed", "signed"])
    def test_not_what_one_wrote_filed_or_signed_oneself(self, project, clerk, reviewer, head, district, part):
        reviewer.memberships.create(unit=district.area, role=Role.ENDORSER)
        drafted = report(project, 2017, 3, 1, draft=True, by=reviewer if part == "wrote" else clerk)
        filed = workflow.submit(drafted, by=reviewer if part == "filed" else clerk)
        filed = workflow.endorse(filed, by=reviewer if part == "signed" else head)
        with pytest.raises(Forbidden) as refused:
            workflow.accept(filed, by=reviewer)
        assert refused.value.code == "own_work"
        assert in_force() == []

    def test_the_superuser_obeys_the_separation_too(self, project, root):
        filed = record_month(project=project, year=2017, month=3, invested=D(1), by=root).report
        with pytest.raises(Forbidden):
            workflow.accept(filed, by=root)

    def test_a_month_that_must_be_signed_waits_for_its_signature(self, signing, filed, reviewer, head):
        assert workflow.ACCEPT.verb not in workflow.allowed([filed], by=reviewer)[filed.pk]
        with pytest.raises(Conflict) as refused:
            workflow.accept(filed, by=reviewer)
        assert (refused.value.code, refused.value.facts["state"]) == ("not_endorsed", "submitted")
        workflow.accept(workflow.endorse(filed, by=head), by=reviewer)
        assert in_force() == [(1, 100)]

    def test_it_waits_for_review_once_nothing_else_is_asked(self, signing, filed, head):
        assert not ProgressReport.objects.waiting_for_review().exists()
        workflow.endorse(filed, by=head)
        assert ProgressReport.objects.waiting_for_review().get() == filed

    def test_a_draft_is_not_accepted(self, drafted, reviewer):
        with pytest.raises(Conflict, match="草稿"):
            workflow.accept(drafted, by=reviewer)

    @pytest.mark.parametrize("verb", ["submit", "withdraw", "endorse", "accept"])
    def test_the_unit_itself_changes_nothing_any_more(self, accepted, clerk, head, reviewer, verb):
        by = {"endorse": head, "accept": reviewer}.get(verb, clerk)
        with pytest.raises(Conflict) as refused:
            getattr(workflow, verb)(accepted, by=by)
        assert refused.value.facts["by"] == str(reviewer)


class TestWhoeverHadAHandInIt:
    def test_does_not_accept_it_because_somebody_touched_it_last(self, project, reviewer, clerk):
        content = {"project": project, "year": 2017, "month": 5}
        record_month(**content, invested=D(500), by=reviewer, draft=True)
        filed = record_month(**content, note="路基", explanation="已核对", by=clerk).report
        assert filed.recorded_by == clerk
        assert "accept" not in workflow.allowed([filed], by=reviewer)[filed.pk]
        with pytest.raises(Forbidden) as refused:
            workflow.accept(filed, by=reviewer)
        assert refused.value.code == "own_work"


class TestReopen:
    def test_a_correction_stands_beside_the_month_which_stays_in_force(self, accepted, reviewer):
        correction = workflow.reopen(accepted, by=reviewer, reason="重复计算")
        assert (correction.revision, correction.status, correction.invested) == (2, Status.RETURNED, 100)
        assert (correction.returned_by, correction.return_reason) == (reviewer, "重复计算")
        assert in_force() == [(1, 100)]
        assert_audited("reopen", reviewer, before="accepted", after="returned", revision=2, reason="重复计算")

    def test_it_comes_into_force_only_when_accepted(self, accepted, clerk, reviewer, project):
        workflow.reopen(accepted, by=reviewer, reason="重复计算")
        corrected = record_month(project=project, year=2017, month=3, invested=D(90), by=clerk).report
        assert in_force() == [(1, 100)]
        workflow.accept(corrected, by=reviewer)
        assert in_force() == [(2, 90)]

    def test_at_every_moment_exactly_one_is_in_force(self, project):
        for amount in (100, 90, 80):
            report(project, 2017, 3, amount)
        rows = ProgressReport.objects.order_by("revision")
        for row in rows:
            assert in_force(row.accepted_at) == [(row.revision, row.invested)]
        assert in_force(rows[1].accepted_at - (rows[1].accepted_at - rows[0].accepted_at) / 2) == [(1, 100)]

    def test_its_first_filing_still_counts(self, accepted, reviewer):
        correction = workflow.reopen(accepted, by=reviewer, reason="重复计算")
        assert (correction.filed_at, correction.on_time) == (accepted.filed_at, accepted.on_time)

    def test_the_bureaus_reason_explains_nothing_for_the_unit(self, accepted, clerk, reviewer, project):
        """The month before is the same as this one, which the checks want explained by the unit itself."""
        report(project, 2017, 2, 100)
        correction = workflow.reopen(accepted, by=reviewer, reason="请核对")
        with pytest.raises(ValidationError) as refused:
            workflow.submit(correction, by=clerk)
        assert "explanation" in refused.value.message_dict
        assert workflow.submit(correction, by=clerk, explanation="两月确实相同").findings

    def test_twice_is_a_conflict_that_names_the_first(self, accepted, reviewer, district):
        correction = workflow.reopen(accepted, by=reviewer, reason="重复计算")
        with pytest.raises(Conflict) as refused:
            workflow.reopen(accepted, by=user_with(Role.REVIEWER, over=district.area), reason="再核")
        assert refused.value.facts["by"] == str(reviewer)
        assert refused.value.facts["at"] == correction.returned_at.isoformat()

    def test_and_is_not_offered_while_one_is_under_way(self, accepted, reviewer):
        assert workflow.allowed([accepted], by=reviewer)[accepted.pk] == ["reopen"]
        workflow.reopen(accepted, by=reviewer, reason="重复计算")
        assert workflow.allowed([accepted], by=reviewer)[accepted.pk] == []

    def test_only_with_a_reason_and_only_by_the_bureau(self, accepted, reviewer, clerk):
        with pytest.raises(ValidationError, match="须写明理由"):
            workflow.reopen(accepted, by=reviewer, reason=" ")
        with pytest.raises(Forbidden):
            workflow.reopen(accepted, by=clerk, reason="重复计算")


class TestDismiss:
    """A correction that turned out needless would stay on the unit's desk for ever."""

    @pytest.fixture
    def correction(self, accepted, reviewer):
        return workflow.reopen(accepted, by=reviewer, reason="重复计算")

    def test_the_month_stays_as_it_is_and_the_row_is_kept(self, correction, reviewer):
        dropped = workflow.dismiss(correction, by=reviewer, reason="核对无误")
        assert dropped.superseded_at is not None
        assert in_force() == [(1, 100)]
        assert not ProgressReport.objects.open().exists()
        assert_audited("dismiss", reviewer, before="returned", after="returned", revision=2, reason="核对无误")

    def test_the_month_can_be_reopened_again_under_the_next_number(self, correction, accepted, reviewer):
        workflow.dismiss(correction, by=reviewer, reason="核对无误")
        assert workflow.reopen(accepted, by=reviewer, reason="又有出入").revision == 3

    @pytest.mark.parametrize("gone", ["submit", "dismiss"])
    def test_a_dropped_correction_takes_no_further_step(self, correction, reviewer, clerk, gone):
        workflow.dismiss(correction, by=reviewer, reason="核对无误")
        with pytest.raises(Conflict, match="已被取代"):
            workflow.submit(correction, by=clerk) if gone == "submit" else workflow.dismiss(
                correction, by=reviewer, reason="再撤"
            )

    def test_a_first_filing_is_returned_instead(self, filed, reviewer):
        assert "dismiss" not in workflow.allowed([filed], by=reviewer)[filed.pk]
        with pytest.raises(Conflict) as refused:
            workflow.dismiss(filed, by=reviewer, reason="多余")
        assert refused.value.code == "not_a_correction"

    def test_only_the_bureau_and_only_with_a_reason(self, correction, reviewer, clerk):
        with pytest.raises(Forbidden):
            workflow.dismiss(correction, by=clerk, reason="多余")
        with pytest.raises(ValidationError, match="须写明理由"):
            workflow.dismiss(correction, by=reviewer, reason="")


class TestExplanation:
    @pytest.fixture
    def doubtful(self, project, clerk):
        """The same amount as in February."""
        report(project, 2017, 2, 100)
        return report(project, 2017, 3, 100, draft=True, by=clerk, explanation="")

    def test_it_is_asked_for_with_what_was_found(self, doubtful, clerk):
        with pytest.raises(ValidationError) as refused:
            workflow.submit(doubtful, by=clerk)
        asked, found = refused.value.message_dict["explanation"]
        assert "写明情况" in asked
        assert "与上月完成的 100 万元相同" in found
        doubtful.refresh_from_db()
        assert doubtful.status == Status.DRAFT

    def test_given_it_is_stored_with_the_findings_and_audited(self, doubtful, clerk):
        filed = workflow.submit(doubtful, by=clerk, explanation=" 两月计划相同 ")
        assert filed.explanation == "两月计划相同"
        assert filed.findings == [{"code": "same_as_last", "facts": {"invested": "100"}}]
        assert_audited("submit", clerk, before="draft", after="submitted", reason="两月计划相同")

    def test_a_blocking_check_is_not_explained_away(self, doubtful, clerk):
        FilingCheck.objects.create(code="same_as_last", severity="block")
        with pytest.raises(ValidationError) as refused:
            workflow.submit(doubtful, by=clerk, explanation="两月计划相同")
        assert list(refused.value.message_dict) == ["invested"]

    def test_everything_that_blocks_is_told_at_once(self, project, clerk):
        for code in ("negative", "negative_to_date"):
            FilingCheck.objects.create(code=code, severity="block")
        drafted = report(project, 2017, 3, -5, draft=True, by=clerk)
        with pytest.raises(ValidationError) as refused:
            workflow.submit(drafted, by=clerk)
        assert len(refused.value.message_dict["invested"]) == 2

    def test_a_negative_month_is_explained_even_where_no_check_asks(self, project, clerk):
        for code in ("negative", "negative_to_date"):
            FilingCheck.objects.create(code=code, severity="off")
        drafted = report(project, 2017, 3, -5, draft=True, by=clerk, explanation="")
        with pytest.raises(ValidationError, match="负数"):
            workflow.submit(drafted, by=clerk)
        assert workflow.submit(drafted, by=clerk, explanation="核减").findings == []

    def test_longer_than_what_is_kept_is_refused(self, drafted, clerk):
        with pytest.raises(ValidationError) as refused:
            workflow.submit(drafted, by=clerk, explanation="字" * 501)
        assert "explanation" in refused.value.message_dict


class TestTheDatabase:
    """Whatever the code above forgets."""

    @pytest.mark.parametrize(
        "own",
        [
            {"accepted_by": "clerk"},
            {"accepted_by": "author"},
            {"accepted_by": "head", "endorsed_by": "head"},
            {"endorsed_by": "clerk"},
            {"endorsed_by": "author"},
        ],
        ids=lambda own: " ".join(f"{part} {who}" for part, who in own.items()),
    )
    def test_nobody_signs_or_accepts_their_own(self, filed, clerk, head, district, own):
        people = {"clerk": clerk, "head": head, "author": user_with(Role.REPORTER, over=district.street)}
        rows = ProgressReport.objects.filter(pk=filed.pk)
        rows.update(recorded_by=people["author"])
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**{part: people[who] for part, who in own.items()})

    @pytest.mark.parametrize(
        "wrong",
        [
            {"status": "accepted"},
            {"submitted_at": None},
            {"status": "returned"},
            {"status": "returned", "returned_at": timezone.now()},
        ],
    )
    def test_a_state_without_its_date_or_reason_is_refused(self, filed, wrong):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProgressReport.objects.filter(pk=filed.pk).update(**wrong)

    def test_one_open_row_beside_one_in_force_and_no_third(self, accepted, reviewer, project):
        workflow.reopen(accepted, by=reviewer, reason="重复计算")
        third = ProgressReport(project=project, year=2017, month=3, revision=3, invested=1)
        with pytest.raises(IntegrityError), transaction.atomic():
            third.save()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    @pytest.fixture
    def other(self, district):
        return user_with(Role.REVIEWER, over=district.area, username="other")

    def test_of_two_who_accept_the_later_learns_who_was_first_and_when(self, filed, project, reviewer, other):
        outcomes = at_once(
            project,
            lambda: workflow.accept(filed, by=reviewer),
            lambda: workflow.accept(filed, by=other),
        )
        (refused,) = refusals(outcomes)
        (won,) = [outcome for outcome in outcomes if isinstance(outcome, ProgressReport)]
        assert isinstance(refused, Conflict)
        assert refused.facts["by"] == str(won.accepted_by)
        assert refused.facts["at"] == ProgressReport.objects.get().accepted_at.isoformat()
        assert str(won.accepted_by) in refused.message
        assert AuditEvent.objects.filter(action="progress.accept").count() == 1

    def test_accept_and_return_do_not_both_happen(self, filed, project, reviewer, other):
        outcomes = at_once(
            project,
            lambda: workflow.accept(filed, by=reviewer),
            lambda: workflow.return_report(filed, by=other, reason="补充"),
        )
        (refused,) = refusals(outcomes)
        assert isinstance(refused, Conflict)
        row = ProgressReport.objects.get()
        assert refused.facts["state"] == row.status
        assert (row.accepted_by is None) != (row.returned_by is None)

    def test_accept_and_withdraw_do_not_both_happen(self, filed, project, reviewer, clerk):
        outcomes = at_once(
            project, lambda: workflow.accept(filed, by=reviewer), lambda: workflow.withdraw(filed, by=clerk)
        )
        assert len(refusals(outcomes)) == 1
        assert ProgressReport.objects.get().status in (Status.ACCEPTED, Status.DRAFT)

    def test_what_is_submitted_is_what_the_submitter_or_the_editor_meant_never_a_mixture(
        self, drafted, project, clerk, district
    ):
        colleague = user_with(Role.REPORTER, over=district.street)
        at_once(
            project,
            lambda: workflow.submit(drafted, by=clerk),
            lambda: record_month(project=project, year=2017, month=3, invested=D(70), draft=True, by=colleague),
        )
        row = ProgressReport.objects.get()
        assert row.status == Status.SUBMITTED
        # Either the edit came first and was submitted, or it came too late and was refused.
        assert (row.invested, row.recorded_by) in [(D(70), colleague), (D(100), clerk)]
        assert not list(audit.broken_links())

    def test_of_two_who_reopen_one_correction_remains(self, accepted, project, reviewer, other):
        outcomes = at_once(
            project,
            lambda: workflow.reopen(accepted, by=reviewer, reason="甲"),
            lambda: workflow.reopen(accepted, by=other, reason="乙"),
        )
        (refused,) = refusals(outcomes)
        correction = ProgressReport.objects.open().get()
        assert isinstance(refused, Conflict)
        assert refused.facts["by"] == str(correction.returned_by)
        assert in_force() == [(1, 100)]


LIKELY = ("record", "submit", "endorse", "endorse", "accept", "accept", "accept")


@pytest.mark.parametrize("seed", range(6))
def test_whatever_people_do_in_whatever_order(district, head, seed):
    """Random verbs by random people on two months: what must hold, holds after every one of them."""
    choose = random.Random(seed)
    suited = {"endorse": head, "return": district.reviewer, "accept": district.reviewer, "reopen": district.reviewer}
    people = [
        district.reporter,
        head,
        user_with(Role.REVIEWER, over=district.area),
        user_with(Role.REPORTER, over=district.station),
        user_with(Role.REPORTER, over=district.town),
        None,
    ]
    ReportingPeriod.objects.create(year=2017, month=2, opens=date(2017, 2, 1), due=date(2017, 2, 20), endorsed=True)
    last_accepted: dict[int, D] = {}
    done = set()
    for _ in range(100):
        verb = choose.choice([*LIKELY, *(step.verb for step in workflow.STEPS)])
        by = suited.get(verb, district.reporter) if choose.random() < 0.5 else choose.choice(people)
        try:
            row = take(choose, verb, district.street_project, by)
        except (Conflict, Forbidden, ValidationError):
            continue
        done.add(verb)
        if verb == "accept":
            last_accepted[row.month] = row.invested
        assert_sound(last_accepted)
    assert not list(audit.broken_links())
    assert {"record", "submit", "accept"} <= done


def take(choose, verb, project, by):
    """Anything at all, allowed or not; the row it left."""
    month = choose.choice([1, 2])
    rows = list(ProgressReport.objects.filter(project=project, month=month))
    if verb != "record" and not rows:
        raise Conflict("nothing there yet", code="absent")
    if verb == "record":
        content = {"invested": D(choose.randint(-1, 9)), "draft": choose.random() < 0.5, "explanation": "已核对"}
        # Rights over a project are asked by those who call record_month.
        return record_month(project=project, year=2017, month=month, by=by, **content).report
    words = {"reason": choose.choice(["核对", "核对", ""])} if verb in ("return", "reopen", "dismiss") else {}
    call = workflow.return_report if verb == "return" else getattr(workflow, verb)
    # Mostly the newest revision; now and then one that is long replaced.
    return call(rows[0] if choose.random() < 0.8 else choose.choice(rows), by=by, **words)


def assert_sound(last_accepted):
    for month in (1, 2):
        rows = ProgressReport.objects.filter(month=month)
        assert rows.open().count() <= 1
        assert list(rows.in_force().values_list("invested", flat=True)) == (
            [last_accepted[month]] if month in last_accepted else []
        )
        for row in rows:
            own = {row.recorded_by_id, row.submitted_by_id, row.endorsed_by_id} - {None}
            assert row.accepted_by_id not in own
            assert row.endorsed_by_id is None or row.endorsed_by_id not in (row.recorded_by_id, row.submitted_by_id)
            if row.status == Status.ACCEPTED:
                assert ProgressReport.objects.in_force(row.accepted_at).filter(month=month).count() == 1
                assert month != 2 or row.endorsed_at, "February has to be signed"


def test_every_verb_of_the_table_is_a_function_here():
    for step in workflow.STEPS:
        assert callable(getattr(workflow, "return_report" if step.verb == "return" else step.verb))
    assert len({step.verb for step in workflow.STEPS}) == len(workflow.STEPS)
    assert steps.Step is type(workflow.SUBMIT)
