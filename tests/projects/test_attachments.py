"""Photos and documents: what is taken, what is refused and why, and that nothing stays behind of what is not kept."""

import io
import stat
from functools import partial
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import override_settings
from PIL import ExifTags, Image

from erqi.accounts.roles import Role
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.models import AuditEvent
from projects.models import Attachment, ProgressReport
from projects.services import attachments, uploads, workflow
from tests import factories
from tests.projects import files
from tests.projects.files import upload


@pytest.fixture(autouse=True)
def _nothing_left():
    yield
    storage = Attachment.file.field.storage
    for found in stored():
        storage.delete(found)


def stored() -> list[str]:
    root = Path(Attachment.file.field.storage.location)
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]


@pytest.fixture
def project(district):
    return district.street_project


@pytest.fixture
def attach(project, district):
    def call(content, name="现场.jpg", **given):
        return attachments.attach(**{"project": project, "by": district.reporter, **given}, file=upload(content, name))

    return call


def told(refused) -> str:
    return "".join(refused.value.messages) if isinstance(refused.value, ValidationError) else refused.value.message


class TestWhatItIs:
    @pytest.mark.parametrize(
        ("content", "name", "kind", "content_type", "kept_as"),
        [
            (files.picture("JPEG"), "现场.JPG", "photo", "image/jpeg", "现场.JPG"),
            (files.picture("PNG"), "现场.jpg", "photo", "image/png", "现场.jpg.png"),
            (files.picture("WEBP"), "a.webp", "photo", "image/webp", "a.webp"),
            (files.PDF, "批复.exe", "document", "application/pdf", "批复.exe.pdf"),
            (files.DOCX, "纪要.docx", "document", uploads.OFFICE + "wordprocessingml.document", "纪要.docx"),
            (files.XLSX, "台账.zip", "document", uploads.OFFICE + "spreadsheetml.sheet", "台账.zip.xlsx"),
            (files.OFD, "公文.ofd", "document", "application/ofd", "公文.ofd"),
        ],
    )
    def test_is_decided_by_the_content(self, attach, content, name, kind, content_type, kept_as):
        made = attach(content, name)
        assert (made.kind, made.content_type, made.name) == (kind, content_type, kept_as)
        assert made.size == made.file.size

    @pytest.mark.parametrize(
        ("content", "name", "words"),
        [
            (b"", "a.jpg", "空的"),
            (b"<html><script>alert(1)</script>", "a.jpg", "只接受"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "只接受"),
            (b"GIF89a<script>", "a.gif", "只接受"),
            (b"MZ\x90\0", "a.pdf", "只接受"),
            (b"\xff\xd8\xff\xe0<html><script>alert(1)</script>", "a.jpg", "打不开"),
            (files.picture()[:200], "a.jpg", "打不开"),
            (files.PDF[:20] + b"<script>", "a.pdf", "不完整"),
            (files.package("a.exe"), "a.docx", "不接受压缩包"),
            (files.package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "a.docx", "有宏"),
            (b"PK\x03\x04 nothing", "a.docx", "已损坏"),
            (files.OLD_WORD, "a.doc", "旧版"),
            (files.HEIC, "IMG_1.HEIC", "HEIC"),
        ],
    )
    def test_everything_else_is_refused_with_what_to_do(self, attach, content, name, words):
        with pytest.raises(ValidationError) as refused:
            attach(content, name)
        assert words in told(refused)
        assert not Attachment.objects.exists()
        assert stored() == []

    def test_a_moving_picture_is_refused(self, attach):
        frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
        written = io.BytesIO()
        frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:])
        with pytest.raises(ValidationError, match="动图"):
            attach(written.getvalue())

    def test_a_picture_too_large_to_unpack_is_refused_before_it_is_unpacked(self, attach, monkeypatch):
        large = files.picture("PNG", size=(8, 6))
        monkeypatch.setattr(uploads, "MAX_PIXELS", 40)
        monkeypatch.setattr(Image.Image, "load", lambda _picture: pytest.fail("unpacked"))
        with pytest.raises(ValidationError, match="像素"):
            attach(large)

    @override_settings(ATTACHMENT_MAX_MB=1)
    def test_too_many_bytes_are_refused_with_the_limit(self, attach):
        attach(files.PDF[:-6].ljust(1024 * 1024 - 6) + b"%%EOF\n")
        with pytest.raises(ValidationError, match="超过 1 MB"):
            attach(files.PDF.ljust(1024 * 1024 + 1))

    def test_a_page_hidden_behind_a_picture_is_not_kept(self, attach):
        made = attach(files.picture("PNG") + b"<html><script>alert(1)</script>")
        assert b"script" not in made.file.read()

    def test_where_a_photo_was_taken_is_taken_out_and_when_it_was_taken_stays(self, attach):
        kept = attach(files.photo_with_place()).file.read()
        exif = Image.open(io.BytesIO(kept)).getexif()
        assert not exif.get_ifd(ExifTags.IFD.GPSInfo)
        assert ExifTags.Base.Make not in exif
        assert exif[ExifTags.Base.Orientation] == 6
        assert exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] == "2017:03:20 09:30:00"
        assert b"34.72N" not in kept


class TestNames:
    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("../../etc/passwd.jpg", "passwd.jpg"),
            ("C:\\Users\\张三\\现场.jpg", "现场.jpg"),
            ("..", "附件.jpg"),
            ("看\u202egpj.exe", "看gpj.exe.jpg"),
            ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie: x.jpg"),
            ("长" * 300 + ".jpg", "长" * 196 + ".jpg"),
        ],
    )
    def test_a_name_is_a_name_and_never_a_path(self, project, district, name, kept):
        file = upload(files.picture())
        # Django takes folders off by itself; another caller of the service might not.
        file._name = name
        made = attachments.attach(project=project, file=file, by=district.reporter)
        assert made.name == kept

    def test_the_file_lies_under_a_name_nobody_can_guess_and_only_we_may_read_it(self, attach):
        made = attach(files.PDF, "批复.pdf")
        assert "批复" not in made.file.name
        assert len(Path(made.file.name).name) == 32
        assert stat.S_IMODE(Path(made.file.path).stat().st_mode) == 0o600


class TestWhoAndWhere:
    @pytest.mark.parametrize(
        ("who", "may"), [("reporter", True), ("reviewer", True), ("leader", False), ("honours", False)]
    )
    def test_those_who_report_or_review_add(self, attach, district, who, may):
        add = partial(attach, files.PDF, "a.pdf", by=getattr(district, who))
        if may:
            assert add().uploaded_by == getattr(district, who)
        else:
            with pytest.raises(Forbidden):
                add()

    def test_nobody_adds_to_a_project_out_of_reach(self, attach, district):
        with pytest.raises(Forbidden):
            attach(files.PDF, project=district.town_project)
        assert stored() == []

    def test_what_it_hangs_on_is_the_projects_own(self, attach, district):
        elsewhere = factories.report(district.town_project, 2017, 1, "10", draft=True)
        with pytest.raises(ValidationError, match="不是这个项目的"):
            attach(files.PDF, report=elsewhere)

    def test_an_accepted_month_neither_gains_nor_loses_any(self, attach, project, district):
        report = factories.report(project, 2017, 1, "10", draft=True)
        kept = attach(files.picture(), report=report)
        report = workflow.accept(workflow.submit(report, by=None), by=None)
        with pytest.raises(Conflict, match="已认定"):
            attach(files.PDF, report=report)
        with pytest.raises(Conflict):
            attachments.remove(kept, by=district.reporter)
        assert Attachment.objects.get() == kept

    def test_the_same_file_twice_in_one_place_is_refused_with_who_and_when(self, attach, project, district):
        attach(files.PDF, "批复.pdf")
        with pytest.raises(ValidationError) as refused:
            attach(files.PDF, "另一个名字.pdf")
        assert str(district.reporter) in told(refused)
        assert "批复.pdf" in told(refused)
        attach(files.PDF, report=factories.report(project, 2017, 1, "10", draft=True))
        assert len(stored()) == 2

    def test_a_strange_caption_is_refused(self, attach):
        for wrong in ("看不见\u202e", "长" * 201):
            with pytest.raises(ValidationError):
                attach(files.PDF, caption=wrong)


class TestSeen:
    def test_what_hangs_on_a_draft_is_seen_with_the_draft(self, attach, project, district):
        made = attach(files.PDF, report=factories.report(project, 2017, 1, "10", draft=True))
        seen = Attachment.objects.visible_to
        assert made in seen(district.reporter)
        assert made not in seen(district.leader)
        head = factories.user_with(Role.ENDORSER, over=district.street)
        assert made not in seen(head)
        ProgressReport.objects.update(status="accepted", accepted_at="2017-02-01T00:00Z")
        assert made in seen(district.leader)

    def test_a_stranger_sees_none(self, attach, district):
        attach(files.PDF)
        assert not Attachment.objects.visible_to(district.honours).exists()
        assert not Attachment.objects.visible_to(district.nobody).exists()


class TestRemoving:
    def test_its_uploader_takes_it_back_with_the_file(self, attach, district, django_capture_on_commit_callbacks):
        made = attach(files.PDF)
        with django_capture_on_commit_callbacks(execute=True):
            attachments.remove(made, by=district.reporter)
        assert not Attachment.objects.exists()
        assert stored() == []
        assert [event.action for event in AuditEvent.objects.all()[:2]] == ["attachment.delete", "attachment.add"]

    def test_nobody_else_does(self, attach, district):
        made = attach(files.PDF)
        with pytest.raises(Forbidden):
            attachments.remove(made, by=district.reviewer)

    def test_the_file_stays_while_the_row_may_still_come_back(self, attach, district):
        made = attach(files.PDF)
        attachments.remove(made, by=district.reporter)
        # Not committed yet.
        assert len(stored()) == 1


class TestNothingHalfKept:
    def test_a_row_that_fails_takes_its_file_with_it(self, attach, monkeypatch):
        def fail(*_args, **_kwargs):
            raise RuntimeError

        monkeypatch.setattr(attachments.audit, "record", fail)
        with pytest.raises(RuntimeError):
            attach(files.PDF)
        assert (Attachment.objects.count(), stored()) == (0, [])

    @pytest.mark.django_db(transaction=True)
    def test_it_stands_in_no_other_transaction(self, attach):
        """Whose end it could not know."""
        with pytest.raises(RuntimeError), transaction.atomic():
            attach(files.PDF)
        assert stored() == []
