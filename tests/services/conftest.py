"""What the tests of files share."""

import pytest


@pytest.fixture
def file(tmp_path):
    """Bytes or text → a file."""

    def write(content, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
