"""Values are text and never markup; templates ask for fields and reach nothing else."""

from __future__ import annotations

import pytest

from forms.word.errors import TemplateFault
from forms.word.render import Writer, render
from forms.word.show import clean
from forms.word.template import check_template
from tests.forms.word.sheets import content, opened, other, template
from tests.forms.word.test_package import packed

DOCUMENT = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'


@pytest.mark.parametrize("value", ["{{ 7 * 7 }}", "<b>&x", "{% for x in y %}", "&lt;w:p&gt;", "]]>", "${x} {# no #}"])
def test_a_value_appears_literally_in_body_and_on_the_cover(value: str) -> None:
    front = other(project_name=value, customer_name=value)
    document = opened(render(template("范围：{{ service_scope }}"), content(front, service_scope=value)))
    texts = [p.text for p in document.paragraphs]
    assert f"范围：{value}" in texts
    assert texts.count(value) == 2


def test_a_field_of_a_row_may_be_called_like_what_a_dictionary_can_do() -> None:
    text = template("{% for row in spares %}{{ row.items }}{{ row.values }}{% endfor %}")
    document = opened(render(text, content(spares=[{"items": "硬盘", "values": "两块"}])))
    assert "硬盘两块" in [p.text for p in document.paragraphs]


def test_lines_stay_lines() -> None:
    document = opened(render(template("{{ service_scope }}"), content(service_scope="一\n二")))
    assert "一\n二" in [p.text for p in document.paragraphs]


def test_what_xml_cannot_hold_is_left_out() -> None:
    assert clean("a\x00b\x0bc\ud800d\r\ne\a") == "abcd\ne"


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ service_scope.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ lipsum.__globals__['os'] }}",
        "{{ service_scope.format_map }}{{ '{0.__class__}'.format(service_scope) }}",
        "{{ rows.append(1) }}",
        "{{ rows[0].__class__ }}",
        "{{ __class__ }}",
        "{% include '/etc/passwd' %}",
        "{{ nobody_knows_this }}",
        "{% for %}",
    ],
)
def test_a_template_that_reaches_out_is_refused(attack: str) -> None:
    with pytest.raises(TemplateFault):
        render(template(attack), content(service_scope="x", rows=[{"a": "1"}]))


def test_a_template_that_never_ends_is_stopped_and_the_next_record_is_written() -> None:
    writer = Writer(timeout=3.0)
    endless = "{% for a in x %}" * 12 + "." + "{% endfor %}" * 12
    try:
        with pytest.raises(TemplateFault):
            writer.write(template(endless), content(x=[{"a": str(n)} for n in range(50)]))
        assert opened(writer.write(template("{{ y }}"), content(y="好"))).paragraphs
    finally:
        writer.close()


def test_a_template_that_grows_without_end_is_stopped() -> None:
    writer = Writer(timeout=10.0)
    try:
        with pytest.raises(TemplateFault):
            writer.write(template("{{ 'x' * 4000000000 }}"), content())
    finally:
        writer.close()


def test_a_template_made_to_be_read_for_hours_is_refused_and_the_next_is_read() -> None:
    reader = Writer(timeout=3.0)
    mark = b'<w:p w:x="{%p a %}"/>'
    slow = packed(
        {"word/document.xml": DOCUMENT.replace(b"/>", b"><w:body>" + mark * 60_000 + b"</w:body></w:document>")}
    )
    try:
        with pytest.raises(TemplateFault):
            reader.ask(slow)
        assert reader.ask(template("{{ service_scope }}")).names == {"service_scope"}
    finally:
        reader.close()


def test_the_check_names_each_placeholder_that_is_no_field() -> None:
    text = template("{{ service_scope }}", "{{ servce_scope }}", "{% for row in systems %}{{ row.nam }}{% endfor %}")
    faults = check_template(text, {"service_scope", "systems"}, {"system_name"})
    assert list(map(str, faults)) == ["占位符 servce_scope 不是表单字段", "占位符 .nam 不是行的字段"]
