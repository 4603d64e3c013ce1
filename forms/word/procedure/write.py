"""Write a procedure document: its cover, its clauses on upright and lying pages, as .docx."""

from __future__ import annotations

import io
from itertools import count

from forms.word.procedure import body, cover
from forms.word.procedure.content import Paper
from forms.word.procedure.sheet import Layout, begun, dressed, turned
from forms.word.show import clean


def write(paper: Paper) -> bytes:
    """The finished .docx."""
    document = begun()
    cover.put(document, paper)
    here: Layout | None = None
    figures = count(1)
    for clause in body.clauses(paper):
        wanted = body.layout_of(clause, paper)
        if wanted is not here:
            dressed(turned(document, wanted), paper, wanted)
            here = wanted
        body.put(document, clause, paper, wanted, figures)
    told = document.core_properties
    told.title, told.subject, told.author = clean(f"{paper.number} {paper.title}"), paper.set_hash, ""
    told.keywords, told.comments = clean(f"V{paper.version}"), ""
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()
