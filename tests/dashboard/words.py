"""What a page says, and where it leads."""

import re
from html.parser import HTMLParser

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")


class Text(HTMLParser):
    """Words and readable attributes of a page, without what is marked as Chinese and without scripts."""

    VOID = {"meta", "link", "input", "img", "br", "hr"}
    READABLE = {"aria-label", "title", "placeholder", "data-label", "alt"}

    def __init__(self, html: str):
        super().__init__()
        self.open: list[bool] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        left_out = attributes.get("lang") == "zh-Hans" or tag == "script"
        if not any(self.open):
            self.words += [value for name, value in attrs if name in self.READABLE and value]
        if tag not in self.VOID:
            self.open.append(left_out)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        self.open.pop()

    def handle_data(self, data):
        if not any(self.open):
            self.words.append(data)


def text_of(response) -> str:
    return " ".join(" ".join(Text(response.content.decode()).words).split())


def links_of(response) -> list[str]:
    return [href.replace("&amp;", "&") for href in re.findall(r'href="(/[^"#]*)"', response.content.decode())]
