"""A directory that fsspec reaches: s3://..., gs://..., sftp://..."""

from __future__ import annotations

from typing import Any, Final

_NAMES_OF_OURS: Final = (".unit", ".tmp")


class RemoteFolder:
    """A directory at a URL. What its file system says goes wrong is an OSError."""

    def __init__(self, url: str) -> None:
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise ValueError(f"{url}: needs fsspec: pip install 'pbr-conformance[cluster]'") from None
        self.name = url.rstrip("/")
        try:
            found: tuple[Any, str] = url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise ValueError(f"{url}: {error}") from None
        self._files, self._path = found[0], found[1].rstrip("/")

    def names(self) -> list[str]:
        """The names of its files; none where there is no such directory."""
        self._files.invalidate_cache()
        if not self._files.exists(self._path):
            return []
        return sorted(str(path).rpartition("/")[2] for path in self._files.ls(self._path, detail=False))

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        content: bytes = self._files.cat_file(f"{self._path}/{name}")
        return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file under another name, and move it."""
        self._files.makedirs(self._path, exist_ok=True)
        self._files.pipe_file(f"{self._path}/{name}.tmp", content)
        self._files.mv(f"{self._path}/{name}.tmp", f"{self._path}/{name}")

    def remove(self) -> None:
        """Remove the files of units."""
        for name in self.names():
            if name == "campaign" or name.endswith(_NAMES_OF_OURS):
                self._files.rm_file(f"{self._path}/{name}")
