"""Milestones, problems and supervision orders: lists, single rows, and the verbs of each."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema

from erqi.accounts.permissions import FollowUpRule, MilestoneRule, OrderRule
from erqi.accounts.roles import Action
from projects import filtersets
from projects.models import Milestone, OrderExtension, Problem, SupervisionOrder
from projects.services import milestones, orders, problems

from . import followup_serializers as bodies
from .followup_verbs import StoryViewSet
from .verbs import CONFLICT, ReasonSerializer, verb

BEYOND_THE_BUREAU = (Problem.Level.MEETING, Problem.Level.LEADERS)


class MilestoneViewSet(StoryViewSet):
    """PATCH puts the facts right; the dates have verbs, so that none moves without a reason."""

    permission_classes = [MilestoneRule]
    about = _("节点：原定日期从不改变，现定日期只能用 move 写明理由调整。已停用的也列出（active）。")
    serializer_class = bodies.MilestoneSerializer
    filterset_class = filtersets.MilestoneFilterSet
    allowed = staticmethod(milestones.allowed)
    orderings = {"due": ("due", "pk"), "-due": ("-due", "-pk"), "project": ("project__code", "due", "pk")}

    def whole(self):
        return Milestone.objects.select_related("project")

    def get_queryset(self):
        return self.whole().reachable(self.request.user, Action.VIEW)

    @extend_schema(
        description=_("新增节点；所给日期即为原定日期。"),
        request=bodies.NewMilestone,
        responses={201: bodies.MilestoneSerializer, **CONFLICT},
    )
    def create(self, request, *args, **kwargs):
        made = milestones.add_milestone(by=request.user, **self.given(bodies.NewMilestone))
        return self.reply(made.pk, 201)

    @extend_schema(
        description=_("修改名称、类型、说明和是否关键；日期另有 move、meet。"), request=bodies.MilestoneFacts
    )
    def partial_update(self, request, *args, **kwargs):
        row = self.get_object()
        milestones.edit_milestone(row, by=request.user, **self.given(bodies.MilestoneFacts))
        return self.reply(row.pk)

    @verb(milestones.MOVE, milestones.MOVE.label, answers=bodies.MilestoneSerializer, body=bodies.Move)
    def move(self, request, pk):
        row, given = self.get_object(), self.given(bodies.Move)
        milestones.move_milestone(row, to=given["due"], reason=given["reason"], by=request.user)
        return self.reply(row.pk)

    @verb(milestones.MEET, milestones.MEET.label, answers=bodies.MilestoneSerializer, body=bodies.Meet)
    def meet(self, request, pk):
        row = self.get_object()
        milestones.meet(row, on=self.given(bodies.Meet)["met_on"], by=request.user)
        return self.reply(row.pk)

    @verb(milestones.UNMEET, milestones.UNMEET.label, answers=bodies.MilestoneSerializer, body=ReasonSerializer)
    def unmeet(self, request, pk):
        return self.take(milestones.unmeet, body=ReasonSerializer)

    @verb(milestones.DISABLE, milestones.DISABLE.label, answers=bodies.MilestoneSerializer, body=ReasonSerializer)
    def disable(self, request, pk):
        return self.take(milestones.switch, active=False, body=ReasonSerializer)

    @verb(milestones.ENABLE, milestones.ENABLE.label, answers=bodies.MilestoneSerializer)
    def enable(self, request, pk):
        return self.take(milestones.switch, active=True)


class ProblemViewSet(StoryViewSet):
    permission_classes = [FollowUpRule]
    about = _("问题：新增 → 推进中 → 已解决待核 → 已销号；销号的人不能是报告解决的人。")
    serializer_class = bodies.ProblemSerializer
    filterset_class = filtersets.ProblemFilterSet
    allowed = staticmethod(problems.allowed)
    orderings = {
        "deadline": ("deadline", "pk"),
        "-deadline": ("-deadline", "-pk"),
        "-raised_at": ("-raised_at", "-pk"),
        "project": ("project__code", "deadline", "pk"),
    }

    def whole(self):
        return Problem.objects.select_related(
            "project", "responsible_unit", "raised_by", "settled_by", "closed_by", "status_by"
        )

    def get_queryset(self):
        return self.whole().visible_to(self.request.user)

    def decides(self, request) -> bool:
        """Beyond the bureau is the bureau's own decision: not with a token that only reports."""
        return self.action == "escalate" and request.data.get("level") in BEYOND_THE_BUREAU

    @extend_schema(
        description=_("提出问题。"),
        request=bodies.NewProblem,
        responses={201: bodies.ProblemSerializer, **CONFLICT},
    )
    def create(self, request, *args, **kwargs):
        return self.reply(problems.raise_problem(by=request.user, **self.given(bodies.NewProblem)).pk, 201)

    @extend_schema(
        description=_("修改类型、内容和责任人；单位、时限、层级另有动作。"),
        request=bodies.ProblemFacts,
        responses={200: bodies.ProblemSerializer, **CONFLICT},
    )
    def partial_update(self, request, *args, **kwargs):
        row = self.get_object()
        problems.edit(row, by=request.user, **self.given(bodies.ProblemFacts))
        return self.reply(row.pk)

    @verb(problems.NOTE, problems.NOTE.label, answers=bodies.ProblemSerializer, body=bodies.Note)
    def note(self, request, pk):
        return self.take(problems.note_progress, body=bodies.Note)

    @verb(problems.SETTLE, problems.SETTLE.label, answers=bodies.ProblemSerializer, body=bodies.Resolution)
    def settle(self, request, pk):
        return self.take(problems.settle, body=bodies.Resolution)

    @verb(problems.CLOSE, problems.CLOSE.label, answers=bodies.ProblemSerializer, body=bodies.OptionalNote)
    def close(self, request, pk):
        return self.take(problems.close, body=bodies.OptionalNote)

    @verb(problems.RETURN, problems.RETURN.label, answers=bodies.ProblemSerializer, body=ReasonSerializer)
    def send_back(self, request, pk):
        return self.take(problems.send_back, body=ReasonSerializer)

    @verb(problems.ESCALATE, problems.ESCALATE.label, answers=bodies.ProblemSerializer, body=bodies.Escalation)
    def escalate(self, request, pk):
        return self.take(problems.escalate, body=bodies.Escalation)

    @verb(problems.ASSIGN, problems.ASSIGN.label, answers=bodies.ProblemSerializer, body=bodies.Assignment)
    def assign(self, request, pk):
        return self.take(problems.assign, body=bodies.Assignment)

    @verb(problems.RESCHEDULE, problems.RESCHEDULE.label, answers=bodies.ProblemSerializer, body=bodies.Deadline)
    def reschedule(self, request, pk):
        return self.take(problems.reschedule, body=bodies.Deadline)

    @verb(problems.REOPEN, problems.REOPEN.label, answers=bodies.ProblemSerializer, body=ReasonSerializer)
    def reopen(self, request, pk):
        return self.take(problems.reopen, body=ReasonSerializer)


class SupervisionOrderViewSet(StoryViewSet):
    permission_classes = [OrderRule]
    # A reminder may be sent again after so many hours.
    by_the_clock = True
    about = _("督办单：下发 → 签收 → 反馈 → 核查后办结或退回重办；编号自动。")
    serializer_class = bodies.OrderSerializer
    filterset_class = filtersets.SupervisionOrderFilterSet
    allowed = staticmethod(orders.allowed)
    orderings = {
        "-issued_at": ("-issued_at", "-pk"),
        "due": ("due", "pk"),
        "-due": ("-due", "-pk"),
        "number": ("number",),
    }

    def whole(self):
        asked = OrderExtension.objects.select_related("requested_by", "decided_by").order_by("requested_at", "pk")
        return SupervisionOrder.objects.select_related(
            "unit", "project", "issued_by", "signed_by", "answered_by", "closed_by", "status_by"
        ).prefetch_related(Prefetch("extensions", asked))

    def get_queryset(self):
        return self.whole().visible_to(self.request.user)

    @extend_schema(
        description=_("下发督办单；编号自动。"),
        request=bodies.NewOrder,
        responses={201: bodies.OrderSerializer, **CONFLICT},
    )
    def create(self, request, *args, **kwargs):
        return self.reply(orders.issue_order(by=request.user, **self.given(bodies.NewOrder)).pk, 201)

    @verb(orders.SIGN, orders.SIGN.label, answers=bodies.OrderSerializer)
    def sign(self, request, pk):
        return self.take(orders.sign)

    @verb(orders.ANSWER, orders.ANSWER.label, answers=bodies.OrderSerializer, body=bodies.Feedback)
    def answer(self, request, pk):
        return self.take(orders.answer, body=bodies.Feedback)

    @verb(orders.CLOSE, orders.CLOSE.label, answers=bodies.OrderSerializer, body=bodies.OptionalNote)
    def close(self, request, pk):
        return self.take(orders.close, body=bodies.OptionalNote)

    @verb(orders.RETURN, orders.RETURN.label, answers=bodies.OrderSerializer, body=ReasonSerializer)
    def send_back(self, request, pk):
        return self.take(orders.send_back, body=ReasonSerializer)

    @verb(orders.REVOKE, orders.REVOKE.label, answers=bodies.OrderSerializer, body=ReasonSerializer)
    def revoke(self, request, pk):
        return self.take(orders.revoke, body=ReasonSerializer)

    @verb(orders.REMIND, orders.REMIND.label, answers=bodies.OrderSerializer, body=bodies.OptionalNote)
    def remind(self, request, pk):
        return self.take(orders.remind, body=bodies.OptionalNote)

    @verb(orders.EXTEND, orders.EXTEND.label, answers=bodies.OrderSerializer, body=bodies.Extension)
    def extend(self, request, pk):
        return self.take(orders.request_extension, body=bodies.Extension)

    @verb(orders.GRANT, orders.GRANT.label, answers=bodies.OrderSerializer, body=bodies.Granting)
    def grant(self, request, pk):
        return self.decide(orders.grant, bodies.Granting)

    @verb(orders.REFUSE, orders.REFUSE.label, answers=bodies.OrderSerializer, body=bodies.Refusal)
    def refuse(self, request, pk):
        return self.decide(orders.refuse, bodies.Refusal)

    def decide(self, service, body):
        """On the extension that is named, so that nobody decides another one than they have read."""
        row, given = self.get_object(), self.given(body)
        extension = get_object_or_404(row.extensions.all(), pk=given.pop("extension"))
        service(extension, by=self.request.user, **given)
        return self.reply(row.pk)
