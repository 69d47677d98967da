"""The trail stores codes, so that it outlives renaming; people read words."""

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

VERBS = {
    "add": gettext_lazy("新增"),
    "change": gettext_lazy("修改"),
    "delete": gettext_lazy("删除"),
    "create": gettext_lazy("新增"),
    "revoke": gettext_lazy("停用"),
    "password": gettext_lazy("重设密码"),
    "set": gettext_lazy("设定"),
    "record": gettext_lazy("认定"),
    "correct": gettext_lazy("更正"),
    "draft": gettext_lazy("存为草稿"),
    "draft_dropped": gettext_lazy("撤下草稿"),
    "generate": gettext_lazy("生成"),
    "submit": gettext_lazy("报送"),
    "withdraw": gettext_lazy("撤回"),
    "endorse": gettext_lazy("签审"),
    "return": gettext_lazy("退回"),
    "accept": gettext_lazy("认定"),
    "reopen": gettext_lazy("退回更正"),
    "dismiss": gettext_lazy("撤销更正"),
    "request": gettext_lazy("申请"),
    "approve": gettext_lazy("同意"),
    "reject": gettext_lazy("不同意"),
    "extend": gettext_lazy("延长"),
}
# Actions that read otherwise than verb and subject put together.
ACTIONS = {
    "milestone.move": gettext_lazy("调整节点日期"),
    "milestone.meet": gettext_lazy("登记节点完成"),
    "milestone.unmeet": gettext_lazy("撤销节点完成"),
    "milestone.enable": gettext_lazy("启用节点"),
    "milestone.disable": gettext_lazy("停用节点"),
    "problem.raise": gettext_lazy("提出问题"),
    "problem.note": gettext_lazy("登记进展"),
    "problem.settle": gettext_lazy("报告已解决"),
    "problem.close": gettext_lazy("销号"),
    "problem.return": gettext_lazy("退回继续办理"),
    "problem.escalate": gettext_lazy("提级"),
    "problem.assign": gettext_lazy("转办"),
    "problem.reschedule": gettext_lazy("调整时限"),
    "problem.reopen": gettext_lazy("重新打开"),
    "lightruleset.compute": gettext_lazy("计算亮灯"),
    "light.compute": gettext_lazy("写入亮灯"),
    "totals.rebuild": gettext_lazy("重算月度汇总"),
    "fixtures.load": gettext_lazy("装载基础数据"),
    "order.issue": gettext_lazy("下发督办单"),
    "order.sign": gettext_lazy("签收"),
    "order.answer": gettext_lazy("反馈办理情况"),
    "order.close": gettext_lazy("办结"),
    "order.return": gettext_lazy("退回重办"),
    "order.revoke": gettext_lazy("撤销督办单"),
    "order.remind": gettext_lazy("催办"),
    "order.extend": gettext_lazy("申请延期"),
    "order.grant": gettext_lazy("同意延期"),
    "order.refuse": gettext_lazy("不同意延期"),
    "period.unextend": gettext_lazy("撤销延期"),
}
# Actions on rows that are audited under their project.
SUBJECTS = {
    "plan": gettext_lazy("年度计划"),
    "progress": gettext_lazy("月度进度"),
    "token": gettext_lazy("接口令牌"),
    "demo": gettext_lazy("演示数据"),
    "period": gettext_lazy("报送期限"),
    "check": gettext_lazy("报送检查"),
}


CHANNELS = {
    "admin": gettext_lazy("管理后台"),
    "api": gettext_lazy("接口"),
    "web": gettext_lazy("网页"),
    "command": gettext_lazy("命令"),
}


def channel_name(channel: str) -> str:
    return str(CHANNELS.get(channel, channel))


def action_name(action: str) -> str:
    if action in ACTIONS:
        return str(ACTIONS[action])
    subject, _dot, verb = action.partition(".")
    if verb not in VERBS:
        return action
    # English puts a space between the two.
    return _("%(verb)s%(subject)s") % {"verb": VERBS[verb], "subject": SUBJECTS.get(subject) or _model_called(subject)}


def model_name(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label


def _model_called(name: str) -> str:
    found = (model for model in apps.get_models() if model._meta.model_name == name)
    return next((str(model._meta.verbose_name) for model in found), name)


def column_name(label: str, name: str) -> str:
    """“honourclaim.12.words” → 荣誉亮点 12 · 表述."""
    part, _dot, rest = name.partition(".")
    row, _dot, column = rest.partition(".")
    if column:
        return f"{_model_called(part)} {row} · {_column(_labels_of(part), column)}"
    return _column([label, "projects.annualplan", "projects.progressreport"], name)


def _labels_of(model: str) -> list[str]:
    return [m._meta.label_lower for m in apps.get_models() if m._meta.model_name == model]


def _column(labels: list[str], name: str) -> str:
    for label in labels:
        try:
            field = apps.get_model(label)._meta.get_field(name)
        except (LookupError, ValueError, FieldDoesNotExist):
            continue
        return str(getattr(field, "verbose_name", name))
    return {"approval_codes": _("审批代码"), "schedule_to_date": _("月度时序（累计）")}.get(name, name)
