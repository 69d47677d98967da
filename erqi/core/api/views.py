from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import FilterSet
from rest_framework import mixins
from rest_framework.exceptions import APIException, NotFound
from rest_framework.serializers import Serializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from .filters import check_parameters
from .pagination import KeysetPagination

CODE = "[-A-Za-z0-9_]+"
ID = "[0-9]{1,18}"


class LengthRequired(APIException):
    status_code = 411
    default_code = "length_required"
    default_detail = gettext_lazy("请用 Content-Length 说明请求体的长度，不支持分块传输。")


class StrictView(APIView):
    """Refuses query parameters that the operation does not know, before it does anything.

    ``about`` is what the documentation says of it, for people; without it, the name of its rows.
    """

    # OPTIONS would tell nothing that the schema does not.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    about: str | Promise = ""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if request.headers.get("Transfer-Encoding"):
            # WSGI would hand over an empty body, and an empty body is not what was sent.
            raise LengthRequired
        check_parameters(request.query_params, self.query_parameters())

    def query_parameters(self) -> list[str]:
        return []


class QueryView(StrictView):
    """A view whose query parameters are declared by a serializer, ``query_class``."""

    query_class: type[Serializer]

    def query_parameters(self):
        return list(self.query_class().fields)

    def query(self) -> dict:
        serializer = self.query_class(data=self.request.query_params.dict(), context={"request": self.request})
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class ReadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictView, GenericViewSet):
    """A filtered, paged list and single rows by code.

    ``orderings`` declares what a list may be sorted by: the name in the address and the columns it means.
    """

    lookup_field = "code"
    lookup_value_regex = CODE
    filterset_class: type[FilterSet] | None = None
    pagination_class = KeysetPagination
    orderings: dict[str, tuple[str, ...]] = {"code": ("code",)}
    # The actions (roles.Action) that a verb asks for; set where the verb is declared.
    needs: tuple[str, ...] = ()

    def query_parameters(self):
        if self.action != "list":
            return []
        filters = self.filterset_class.base_filters if self.filterset_class else {}
        return [*filters, *self.pagination_class.parameters]


class NoSuchEndpoint(StrictView):
    """Everything under /api/ that is nothing else: problem details instead of a page."""

    schema = None

    def initial(self, request, *args, **kwargs):
        self.perform_authentication(request)
        raise NotFound(_("没有这个接口。地址都以“/”结尾，清单见 /api/v1/schema/。"), code="no_such_endpoint")
