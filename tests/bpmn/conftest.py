"""One FEEL for all these tests: making an isolate costs more than all they evaluate in it."""

from collections.abc import Iterator

import pytest

from bpmn.feel import Feel


@pytest.fixture(scope="session")
def feel() -> Iterator[Feel]:
    one = Feel()
    yield one
    one.close()
