import sys
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from erqi.core.exceptions import Forbidden
from projects.services.boundaries import import_boundaries
from projects.services.boundary_file import LARGEST


class Command(BaseCommand):
    help = "导入经审核的地图边界（GeoJSON），代替现用的地图 / Import a reviewed map; it replaces the one in use."

    def add_arguments(self, parser):
        parser.add_argument("file", help="GeoJSON 文件，“-”为标准输入 / the file, or - for standard input")
        parser.add_argument("--title", required=True, help="图名 / title of the map")
        kind = parser.add_mutually_exclusive_group(required=True)
        kind.add_argument("--approval", default="", metavar="审图号", help="审图号 / number of its official review")
        kind.add_argument("--schematic", action="store_true", help="没有审图号，标明“示意” / not reviewed: schematic")
        parser.add_argument("--source", default="", help="来源 / where it comes from")
        parser.add_argument(
            "--property",
            default="",
            dest="named_by",
            help="写明单位编号或名称的属性，默认 code，其次 name / the property that names the unit",
        )
        parser.add_argument("--by", metavar="USERNAME", help="导入人，默认为系统 / who imports it")

    def handle(self, *args, file, by, **options):
        given = {name: options[name] for name in ("title", "approval", "schematic", "source", "named_by")}
        try:
            found = import_boundaries(content=content_of(file), by=named(by) if by else None, **given)
        except ValidationError as refused:
            reasons = "\n".join(f"  - {message}" for message in refused.messages)
            raise CommandError(f"没有导入，原图不变 / nothing was imported:\n{reasons}") from refused
        except Forbidden as refused:
            raise CommandError(refused.message) from refused
        shapes = list(found.shapes.values_list("unit__name", flat=True).order_by("unit__order", "unit__code"))
        self.stdout.write(f"已导入“{found.title}”，{len(shapes)} 个单位 / imported, {len(shapes)} units")
        self.stdout.write("    " + "、".join(shapes))


def content_of(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read(LARGEST + 1)
        with Path(file).open("rb") as opened:
            return opened.read(LARGEST + 1)
    except OSError as error:
        raise CommandError(f"读不了文件“{file}” / cannot be read: {error.strerror}") from error


def named(username: str):
    user = get_user_model().objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"没有可用的用户“{username}” / no active user {username!r}")
    return user
