"""What only a folder can show: killed processes, modes, names on the disk."""

import os
import resource
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.errors import ObjectStoreUnavailableError
from storage.files import FileStore
from storage.objects import open_store

REPOSITORY = Path(__file__).parents[2]
KILLS = 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Name a folder that does not exist yet."""
    return tmp_path / "hồ sơ" / "objects"


def open_files(folder: Path) -> FileStore:
    """Open the folder by its address."""
    store = open_store(folder.as_uri())
    assert isinstance(store, FileStore)
    return store


def start_child(folder: Path, way: str) -> subprocess.Popen[str]:
    """Start a process that stores into the folder until it is killed."""
    command = [sys.executable, "-m", "tests.storage.put_and_hang", str(folder), way]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def kill(child: subprocess.Popen[str]) -> str:
    """End the child with SIGKILL and return what it had still said."""
    child.kill()
    said, _ = child.communicate(timeout=30)
    return said


def test_a_process_killed_in_the_middle_of_a_put_leaves_no_object(folder: Path) -> None:
    """Half a file lies apart without a name, and is removed once it is old enough."""
    store = open_files(folder)
    child = start_child(folder, "hang")
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    halves = list((folder / ".unfinished").iterdir())
    kill(child)

    assert [half.stat().st_size > 0 for half in halves] == [True]
    assert list(store.keys()) == []
    assert [path for path in folder.rglob("*") if path.is_file()] == halves
    assert store.discard_unfinished(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.discard_unfinished(datetime.now(UTC) + timedelta(seconds=1)) == 1
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_every_object_that_a_killed_process_named_is_whole(folder: Path) -> None:
    """Killed at any moment: each name on the disk checks, and no receipt that was given is lost."""
    store = open_files(folder)
    receipts: set[str] = set()
    for round_number in range(KILLS):
        child = start_child(folder, "loop")
        assert child.stdout is not None
        receipts.add(child.stdout.readline().strip())
        time.sleep(0.017 * round_number)
        receipts.update(line.strip() for line in kill(child).splitlines(keepends=True) if line.endswith("\n"))
    named = list(store.keys())

    assert receipts <= set(named)
    assert len(receipts) >= KILLS
    for key in named:
        store.read(key)


def test_objects_are_read_only_and_nothing_else_is_in_the_folder(folder: Path) -> None:
    """A mistaken `sed -i` cannot change a paper, and others on the machine cannot read it."""
    store = open_files(folder)
    key = store.put_bytes(b"a scan", "text/plain").key
    files = [path for path in folder.rglob("*") if path.is_file()]

    assert files == [folder / key[:2] / key[2:4] / key]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o440
    assert files[0].stat().st_nlink == 1
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_existing_object_is_not_written_again(folder: Path) -> None:
    """The file stays the same file: a name once given is never replaced."""
    store = open_files(folder)
    path = store.path_of(store.put_bytes(b"a scan", "text/plain").key)
    before = path.stat()
    store.put_bytes(b"a scan", "text/plain")

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_file_and_folders_are_synced_before_the_receipt(folder: Path) -> None:
    """The system calls, as the kernel saw them: data first, then the name, then the folder of the name."""
    script = (
        "import os, sys\n"
        "calls = []\n"
        "def note(event, args):\n"
        "    if event == 'os.link': calls.append('link')\n"
        "sys.addaudithook(note)\n"
        "sync = os.fsync\n"
        "def fsync(fd):\n"
        "    calls.append('sync ' + ('folder' if os.path.isdir(f'/proc/self/fd/{fd}') else 'file'))\n"
        "    sync(fd)\n"
        "os.fsync = fsync\n"
        "from storage.objects import open_store\n"
        "open_store(sys.argv[1]).put_bytes(b'a scan', 'text/plain')\n"
        "print(','.join(calls))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, folder.as_uri()], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "sync file,sync folder,sync folder,link,sync folder"


def test_a_folder_that_cannot_be_used_is_unavailable(tmp_path: Path) -> None:
    """A file where the folder should be; the path is not part of the message."""
    (tmp_path / "objects").write_text("in the way")
    with pytest.raises(ObjectStoreUnavailableError) as raised:
        open_files(tmp_path / "objects")

    assert str(tmp_path) not in str(raised.value)


def test_a_disk_that_takes_no_more_leaves_nothing(folder: Path) -> None:
    """The kernel cuts the write off in the middle; the name never appears and the half is removed."""
    store = open_files(folder)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(ObjectStoreUnavailableError):
            store.put_bytes(b"x" * 3_000_000, "text/plain")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert store.put_bytes(b"x" * 3_000_000, "text/plain").size_bytes == 3_000_000


def test_a_put_whose_unfinished_file_was_swept_is_no_success(folder: Path) -> None:
    """A sweep that is too eager costs a retry, never a paper."""
    store = open_files(folder)

    class SweptStream:
        def __init__(self) -> None:
            self.swept = False

        def read(self, _size: int) -> bytes:
            """Return a block, and sweep before the end."""
            if self.swept:
                return b""
            for path in (folder / ".unfinished").iterdir():
                path.unlink()
            self.swept = True
            return os.urandom(10)

    with pytest.raises(ObjectStoreUnavailableError):
        store.put(SweptStream(), size_bytes_max=100, content_type="text/plain")  # type: ignore[arg-type]  # reads only

    assert list(store.keys()) == []
