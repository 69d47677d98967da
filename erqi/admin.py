from django.apps import apps
from django.contrib import admin
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from erqi.accounts.roles import held_roles
from erqi.core.pages import PAGES, Page

# The navigation: what a district looks for, not which app holds it.
GROUPS = [
    (
        pgettext_lazy("复数", "项目"),
        [
            "projects.project",
            "projects.progressreport",
            "projects.milestone",
            "projects.problem",
            "projects.supervisionorder",
            "projects.light",
            "projects.annualplan",
            "projects.planchange",
        ],
    ),
    (
        _("报送与规则"),
        ["projects.reportingperiod", "projects.filingcheck", "projects.lightruleset"],
    ),
    (_("目标与公布数据"), ["projects.target", "projects.publishedfigure", "projects.yeartheme"]),
    (
        _("荣誉与考核"),
        ["awards.honour", "awards.commendation", "awards.assessmentscheme", "awards.commitmentletter"],
    ),
    (_("基础数据"), ["projects.category", "projects.programme", "projects.unit"]),
    (pgettext_lazy("复数", "来源"), ["core.source", "core.sourcenote"]),
    (_("账号与权限"), ["accounts.user", "accounts.apitoken"]),
    (_("审计"), ["core.auditevent"]),
]


# Pages of ours, in the order in which a month goes by; one that is not named here comes last.
MONTHLY = ["month", "review", "timeliness", "baselines"]
# What everybody needs daily stays open in the navigation; the rest opens by its heading.
OPEN_GROUPS = 2

# Their admins know neither our audit trail nor who may see which row.
NOT_OFFERED = {"auth", "django_q"}


def may_enter(user) -> bool:
    """A role is what lets one in; ``is_staff`` plays no part, so that there is one place to give and take access."""
    return user.is_active and (user.is_superuser or bool(held_roles(user)))


class LoginForm(AuthenticationForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def confirm_login_allowed(self, user):
        super().confirm_login_allowed(user)
        if not may_enter(user):
            raise ValidationError(
                gettext("账号“%(name)s”还没有任职，不能进入。请联系系统管理员分配单位和角色。"),
                code="no_role",
                params={"name": user.get_username()},
            )


def _place(page: Page) -> int:
    return MONTHLY.index(page.name) if page.name in MONTHLY else len(MONTHLY)


class ErqiAdminSite(admin.AdminSite):
    site_header = _("重大项目管理")
    site_title = _("重大项目管理")
    index_title = _("工作台")
    empty_value_display = "—"
    login_form = LoginForm
    # Ours stands in the page header, so that it is on the index and the phone as well.
    enable_nav_sidebar = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # It deletes many rows with one click and leaves no before-values behind.
        self.disable_action("delete_selected")

    def each_context(self, request):
        from erqi.accounts import superuser

        return super().each_context(request) | {"superuser_notice": superuser.notice(request.user)}

    def get_urls(self):
        ours = [path(page.path, self.admin_view(page.view), name=page.name) for page in PAGES]
        return [*ours, *super().get_urls()]

    def register(self, model_or_iterable, admin_class=None, **options):
        models = model_or_iterable if isinstance(model_or_iterable, list | tuple | set) else [model_or_iterable]
        super().register([m for m in models if m._meta.app_label not in NOT_OFFERED], admin_class, **options)

    def has_permission(self, request):
        return may_enter(request.user)

    def get_app_list(self, request, app_label=None):
        """The groups above, each with the models this user may look at."""
        found = {
            model["model"]._meta.label_lower: model
            for app in self._build_app_dict(request, app_label).values()
            for model in app["models"]
        }
        groups: list = [(name, [found[label] for label in labels if label in found]) for name, labels in GROUPS]
        if app_label is None:
            offered = [page for page in PAGES if self._is_offered(page, request)]
            groups.insert(0, (_("每月工作"), [self._entry(page) for page in sorted(offered, key=_place)]))
        filled = [(name, models) for name, models in groups if models]
        return [
            {
                "name": name,
                "app_label": f"group-{n}",
                "app_url": models[0]["admin_url"],
                "models": models,
                "open": n < OPEN_GROUPS or any(model["admin_url"] in request.path for model in models),
            }
            for n, (name, models) in enumerate(filled)
        ]

    @staticmethod
    def _is_offered(page: Page, request: HttpRequest) -> bool:
        return page.in_navigation and page.offered(request.user)

    def _entry(self, page: Page) -> dict:
        """As the stock navigation describes a model."""
        return {"name": page.label, "admin_url": reverse(f"{self.name}:{page.name}"), "view_only": True}

    def app_index(self, request, app_label, extra_context=None):
        # Breadcrumbs name the app; its page would be the workbench without most of it.
        return redirect(f"{self.name}:index")

    def index(self, request: HttpRequest, extra_context=None):
        from projects.admin.workbench import workbench

        return super().index(request, {**workbench(request.user), **(extra_context or {})})


def unplaced_models() -> list[str]:
    """Registered models that no group offers; a test keeps this empty."""
    offered = {label for _name, labels in GROUPS for label in labels}
    return sorted({model._meta.label_lower for model in apps.get_models() if admin.site.is_registered(model)} - offered)
