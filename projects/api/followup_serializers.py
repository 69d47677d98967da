"""What milestones, problems and supervision orders look like, and what each of their verbs is sent."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from erqi.core.api.fields import CodeField, PlainIntegerField, PlainTextField, StrictDateField, TrueFalseField
from erqi.core.api.serializers import DisplayField, StrictModelSerializer, StrictSerializer
from projects.models import Milestone, OrderExtension, Problem, Project, SupervisionOrder, Unit
from projects.services import milestones, orders, problems

from .verbs import actions_field


class Person(DisplayField):
    """Null is the system itself, or nobody yet."""

    def __init__(self, **kwargs):
        super().__init__(**{"allow_null": True, **kwargs})


class MilestoneSerializer(StrictModelSerializer):
    slipped_days = serializers.IntegerField(read_only=True, help_text=_("现定日期比原定日期晚几天；提前为负数。"))
    overdue = serializers.BooleanField(read_only=True, help_text=_("现定日期已过而未完成。"))
    allowed_actions = actions_field(milestones.STEPS)

    class Meta:
        model = Milestone
        fields = [
            "id",
            "project",
            "kind",
            "name",
            "critical",
            "original_due",
            "due",
            "slipped_days",
            "met_on",
            "overdue",
            "note",
            "active",
            "allowed_actions",
        ]


class MilestoneFacts(StrictSerializer):
    kind = serializers.ChoiceField(choices=Milestone.Kind.choices, required=False)
    name = PlainTextField(max_length=100, required=False)
    critical = TrueFalseField(required=False)
    note = PlainTextField(max_length=300, required=False, allow_blank=True)


class NewMilestone(MilestoneFacts):
    project = CodeField(queryset=Project.objects.all())
    kind = serializers.ChoiceField(choices=Milestone.Kind.choices)
    name = PlainTextField(max_length=100)
    due = StrictDateField(help_text=_("原定日期。"))


class Move(StrictSerializer):
    due = StrictDateField(help_text=_("新的日期。"))
    reason = PlainTextField(max_length=300)


class Meet(StrictSerializer):
    met_on = StrictDateField(help_text=_("完成的日期，不晚于今天。"))


class ProblemSerializer(StrictModelSerializer):
    overdue = serializers.BooleanField(read_only=True, help_text=_("时限已过而未销号。"))
    raised_by = Person()
    settled_by = Person()
    closed_by = Person()
    status_by = Person()
    allowed_actions = actions_field(problems.STEPS)

    class Meta:
        model = Problem
        fields = [
            "id",
            "project",
            "kind",
            "description",
            "responsible_unit",
            "responsible_person",
            "deadline",
            "overdue",
            "level",
            "status",
            "status_at",
            "status_by",
            "resolution",
            "raised_at",
            "raised_by",
            "settled_by",
            "closed_at",
            "closed_by",
            "allowed_actions",
        ]


class ProblemFacts(StrictSerializer):
    kind = serializers.ChoiceField(choices=Problem.Kind.choices, required=False)
    description = PlainTextField(max_length=1000, required=False)
    responsible_person = PlainTextField(max_length=50, required=False, allow_blank=True)


class NewProblem(ProblemFacts):
    project = CodeField(queryset=Project.objects.all())
    kind = serializers.ChoiceField(choices=Problem.Kind.choices)
    description = PlainTextField(max_length=1000)
    responsible_unit = CodeField(queryset=Unit.objects.all())
    deadline = StrictDateField(help_text=_("今天或以后。"))


class Note(StrictSerializer):
    note = PlainTextField(max_length=500)


class OptionalNote(StrictSerializer):
    note = PlainTextField(max_length=500, required=False, allow_blank=True)


class Resolution(StrictSerializer):
    resolution = PlainTextField(max_length=500, help_text=_("怎样解决的。"))


class Escalation(StrictSerializer):
    level = serializers.ChoiceField(choices=Problem.Level.choices, help_text=_("只能更高；单位只能提级到 bureau。"))
    reason = PlainTextField(max_length=500)


class Assignment(StrictSerializer):
    responsible_unit = CodeField(queryset=Unit.objects.all())
    person = PlainTextField(max_length=50, required=False, allow_blank=True, help_text=_("责任人。"))
    reason = PlainTextField(max_length=500)


class Deadline(StrictSerializer):
    deadline = StrictDateField(help_text=_("今天或以后。"))
    reason = PlainTextField(max_length=500)


class ExtensionSerializer(StrictModelSerializer):
    requested_by = Person()
    decided_by = Person()

    class Meta:
        model = OrderExtension
        fields = [
            "id",
            "from_due",
            "to_due",
            "reason",
            "status",
            "requested_at",
            "requested_by",
            "decided_at",
            "decided_by",
            "decision_note",
        ]


class OrderSerializer(StrictModelSerializer):
    overdue = serializers.BooleanField(read_only=True, help_text=_("期限已过而未办结、未撤销。"))
    issued_by = Person()
    signed_by = Person()
    answered_by = Person()
    closed_by = Person()
    status_by = Person()
    extensions = ExtensionSerializer(many=True, read_only=True)
    allowed_actions = actions_field((*orders.STEPS, *orders.DECISIONS))

    class Meta:
        model = SupervisionOrder
        fields = [
            "id",
            "number",
            "unit",
            "project",
            "origin",
            "title",
            "requirement",
            "original_due",
            "due",
            "overdue",
            "status",
            "status_at",
            "status_by",
            "issued_at",
            "issued_by",
            "signed_at",
            "signed_by",
            "feedback",
            "answered_at",
            "answered_by",
            "check_note",
            "redone",
            "reminders",
            "reminded_at",
            "closed_at",
            "closed_by",
            "extensions",
            "allowed_actions",
        ]


class NewOrder(StrictSerializer):
    unit = CodeField(queryset=Unit.objects.all())
    project = CodeField(queryset=Project.objects.all(), required=False, allow_null=True)
    origin = serializers.ChoiceField(choices=SupervisionOrder.Origin.choices)
    title = PlainTextField(max_length=200)
    requirement = PlainTextField(max_length=2000)
    due = StrictDateField(help_text=_("今天或以后。"))


class Feedback(StrictSerializer):
    feedback = PlainTextField(max_length=2000)


class Extension(StrictSerializer):
    to_due = StrictDateField(help_text=_("晚于现在的期限。"))
    reason = PlainTextField(max_length=500)


class WhichExtension(StrictSerializer):
    extension = PlainIntegerField(min_value=1, help_text=_("所审批的延期申请（extensions 中的 id）。"))


class Granting(WhichExtension):
    note = PlainTextField(max_length=300, required=False, allow_blank=True)


class Refusal(WhichExtension):
    reason = PlainTextField(max_length=300)
