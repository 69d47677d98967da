"""What an uploaded file really is: decided by its content, whatever its name or the sender's header says.

Few kinds are taken, and each is proved by what would open it later (Pillow, the zip directory) rather than guessed
from its first bytes by a library of signatures. Pictures are written anew from their pixels: that leaves behind
whatever else was in the file, the place where it was taken above all; when it was taken stays.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, JpegImagePlugin, UnidentifiedImageError

from projects.models import Attachment

# What the best telephones take; decoding needs three or four bytes for each.
MAX_PIXELS = 64_000_000
OFFICE = "application/vnd.openxmlformats-officedocument."
# Rotation, and the moment of the picture: without them a photo proves less.
KEPT_TAGS = {ExifTags.Base.Orientation, ExifTags.Base.DateTime}
KEPT_PHOTO_TAGS = {
    ExifTags.Base.DateTimeOriginal,
    ExifTags.Base.OffsetTimeOriginal,
    ExifTags.Base.DateTimeDigitized,
}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif"}


@dataclass(frozen=True)
class Received:
    """The content to keep, and what it is."""

    content: bytes
    content_type: str
    kind: str
    # The first is given to a name that has none of them.
    extensions: tuple[str, ...]


def recognise(content: bytes) -> Received:
    """``ValidationError`` (field ``file``) unless it is one of the kinds that are taken."""
    if not content:
        raise refusal(_("文件是空的，请重新选择。"))
    for starts, read in READERS:
        if starts(content):
            return read(content)
    raise refusal(_("只接受照片（JPEG、PNG、WebP）和文件（PDF、DOCX、XLSX、OFD）；其他格式请先另存为 PDF。"))


def refusal(message: str) -> ValidationError:
    return ValidationError({"file": message})


# — pictures —

PICTURES = {
    "JPEG": ("image/jpeg", (".jpg", ".jpeg")),
    "PNG": ("image/png", (".png",)),
    "WEBP": ("image/webp", (".webp",)),
}


def _picture(content: bytes) -> Received:
    broken = refusal(_("照片已损坏或不完整，打不开。请重新导出后再上传。"))
    try:
        with Image.open(io.BytesIO(content), formats=list(PICTURES)) as picture:
            _check_size(picture)
            picture.load()
            # A telephone's JPEG with a second picture inside calls itself MPO.
            form = "JPEG" if picture.format == "MPO" else picture.format or ""
            content_type, extensions = PICTURES[form]
            return Received(_anew(picture, form), content_type, Attachment.Kind.PHOTO, extensions)
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, KeyError, IndexError, EOFError) as error:
        raise broken from error


def _check_size(picture: Image.Image) -> None:
    """Before anything is decoded: the header alone says how large the picture would be."""
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_many_pixels()
    if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
        raise refusal(_("这是动图。请上传静止的照片。"))


def _too_many_pixels() -> ValidationError:
    return refusal(_("照片超过 %(n)s 万像素，请缩小后再上传。") % {"n": MAX_PIXELS // 10_000})


def _anew(picture: Image.Image, form: str) -> bytes:
    options: dict = {"exif": _kept_exif(picture)}
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        # With the tables it came with, so that nothing visible is lost.
        options |= {"qtables": picture.quantization, "subsampling": JpegImagePlugin.get_sampling(picture)}
    elif form == "WEBP":
        options["quality"] = 90
    if profile := picture.info.get("icc_profile"):
        options["icc_profile"] = profile
    # Whatever Pillow would carry over by itself, such as comments and text chunks.
    picture.info = {name: value for name, value in picture.info.items() if name == "transparency"}
    written = io.BytesIO()
    picture.save(written, form, **options)
    return written.getvalue()


def _kept_exif(picture: Image.Image) -> Image.Exif:
    read, kept = picture.getexif(), Image.Exif()
    for tag in KEPT_TAGS & set(read):
        kept[tag] = read[tag]
    photo = read.get_ifd(ExifTags.IFD.Exif)
    for tag in KEPT_PHOTO_TAGS & set(photo):
        kept.get_ifd(ExifTags.IFD.Exif)[tag] = photo[tag]
    return kept


def _heic(_content: bytes) -> Received:
    raise refusal(
        _("这是 HEIC 照片，很多电脑打不开。请在手机上存为 JPEG（苹果手机：设置 → 相机 → 格式 → 兼容性最佳）。")
    )


# — documents —

# The entry that makes a zip file this kind of document.
PACKAGES = {
    "word/document.xml": (f"{OFFICE}wordprocessingml.document", ".docx"),
    "xl/workbook.xml": (f"{OFFICE}spreadsheetml.sheet", ".xlsx"),
    "OFD.xml": ("application/ofd", ".ofd"),
}
MACROS = "vbaproject.bin"


def _pdf(content: bytes) -> Received:
    if b"%%EOF" not in content[-2048:]:
        raise refusal(_("PDF 文件不完整，请重新导出后再上传。"))
    return Received(content, "application/pdf", Attachment.Kind.DOCUMENT, (".pdf",))


def _package(content: bytes) -> Received:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise refusal(_("文件已损坏，打不开。请重新保存后再上传。")) from error
    if any(name.lower().endswith(MACROS) for name in names):
        raise refusal(_("文件中有宏，不能上传。请另存为不带宏的 DOCX、XLSX 或 PDF。"))
    for entry, (content_type, extension) in PACKAGES.items():
        if entry in names and (entry == "OFD.xml" or "[Content_Types].xml" in names):
            return Received(content, content_type, Attachment.Kind.DOCUMENT, (extension,))
    raise refusal(_("不接受压缩包。请把里面的文件逐个上传。"))


def _old_office(_content: bytes) -> Received:
    raise refusal(_("这是旧版 Office 或 WPS 格式（DOC、XLS、WPS、ET），其中可能有宏。请另存为 DOCX、XLSX 或 PDF。"))


def _prefix(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(starts)


READERS: list[tuple[Callable[[bytes], bool], Callable[[bytes], Received]]] = [
    (_prefix(b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"), _picture),
    (lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP", _picture),
    (lambda content: content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS, _heic),
    (_prefix(b"%PDF-"), _pdf),
    (_prefix(b"PK\x03\x04"), _package),
    (_prefix(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), _old_office),
]
