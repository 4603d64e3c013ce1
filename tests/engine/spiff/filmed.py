"""An instance in play as a film: every test's last picture is held against the machine."""

from __future__ import annotations

from collections.abc import Sequence

from bpmn.model import File
from bpmn.read import read
from engine.film import Film, Moment, Scene
from engine.sheets import Sheets
from engine.views import Definition

from .play import Play


def definition(files: Sequence[File], key: str, version: int) -> Definition:
    """The diagrams of a play as a version of a definition."""
    processes = [process for file in files if file.name.endswith(".bpmn") for process in read(file)]
    return Definition(
        id=key,
        key=key,
        version=version,
        name=key,
        version_tag=None,
        set_hash=str(version),
        elements=[element for process in processes for element in process.elements],
        flows=[flow for process in processes for flow in process.flows],
        start_form=None,
        files=tuple(files),
        called=(),
        processes={process.key: f"{process.key}.bpmn" for process in processes},
        names={},
    )


def film(play: Play) -> Film:
    """The film of all that happened."""
    found, version = Film(), 1
    on = Sheets(definition(play.first, play.key, version))
    for entry, effects in zip(play.entries, play.effects, strict=True):
        if entry.seq in play.versions:
            version += 1
            on = Sheets(definition(play.versions[entry.seq], play.key, version))
        found.follow(entry, effects, on)
    return found


def last(play: Play) -> tuple[Moment, Scene]:
    """The newest moment and its picture."""
    found = film(play)
    return found.moments[-1], found.scene(found.seq)


def check_filmed(play: Play) -> None:
    """The last picture shows the tokens where the machine has them; every flow taken is in the film, once each time."""
    found = film(play)
    on = Sheets(definition(play.files, play.key, 1))
    stands = sorted(
        (stay.token, stay.spot.id, stay.spot.sheet) for stay in found.scene(found.seq).stays.values() if not stay.turn
    )
    assert stands == [(token, element, on(path)) for token, element, path in play.live.places]
    flows = [spot.id for moment in found.moments for wave in moment.waves for spot in wave]
    assert sorted(flows) == sorted(play.taken())
