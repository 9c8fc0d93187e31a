"""The same folder of content-addressed files that Understudy reads: the name of a file is the SHA-256 of its bytes."""

import hashlib
import json
import os
import uuid
from pathlib import Path
from urllib.parse import unquote, urlparse

from failures import Refused


class Artifacts:
    def __init__(self, url: str):
        parsed = urlparse(url)
        if parsed.scheme not in ("", "file"):
            raise Refused("ArtifactMissing", f"artifacts can be read from a local folder only: expected a path or file://..., found {url}")
        self.folder = Path(unquote(parsed.path) if parsed.scheme == "file" else url)

    def path_of(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest

    def verified_path(self, digest: str) -> Path:
        path = self.path_of(digest)
        if not path.exists():
            raise Refused("ArtifactMissing", f"no artifact {digest} in {self.folder}: is this the folder that the other workers use?")
        found = digest_of_file(path)
        if found != digest:
            raise Refused("ArtifactDigestMismatch", f"the artifact {digest} in {self.folder} was changed: its bytes now hash to {found}")
        return path

    def put(self, content: bytes) -> str:
        """Complete and on disk when it returns; the same content is the same file, so it is safe to repeat."""
        digest = hashlib.sha256(content).hexdigest()
        incoming = self.folder / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        temporary = incoming / str(uuid.uuid4())
        try:
            with open(temporary, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            target = self.path_of(digest)
            target.parent.mkdir(exist_ok=True)
            os.replace(temporary, target)
            sync_folder(target.parent)
        finally:
            temporary.unlink(missing_ok=True)
        return digest

    def put_json(self, value) -> str:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return self.put(text.encode())


def digest_of_file(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
