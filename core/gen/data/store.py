"""The store: prepared examples on disk, whole or not there at all.

::

    groove-groove-1f0c2b9a4e/
      manifest.json               written last: what the store was made from, counts, and a digest of every file
      building.json               instead of it while the store is being made: what from
      shard-00000.safetensors     examples of 512 files, see `gen.data.table`
      shard-00000.jsonl           what became of each of these files
      shard-00000.done            digests of both, written when they are complete
      floors.safetensors          the linear code of the training examples, once something was judged beside it
      lock

A preparation that is killed leaves complete shards, and the next one goes on behind them; the result is the same byte
for byte. A store is opened only if every digest is right.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, get_args

from gen.data.conversion import Job, Task, TaskResult
from gen.data.downloading import sha256_of
from gen.data.engines import Engine
from gen.data.examples import Examples
from gen.data.provenance import Provenance, differences
from gen.data.report import FileReport
from gen.data.table import Table, map_shard, write_shard
from gen.errors import DataError, UsageError
from gen.interfaces.converter import Rejection
from gen.interfaces.dataset import Item, Skipped, Split
from gen.interfaces.rows import Layout
from gen.system import regular
from gen.system.files import json_text, locked, require_folder, write_atomically

FORMAT = 1
FLOORS = "floors.safetensors"
_FILES_A_TASK = 16
_TASKS_A_SHARD = 32
_OURS = re.compile(
    r"manifest\.json|building\.json|lock|floors\.safetensors|shard-\d{5}\.(safetensors|jsonl|done)|\..*\.part"
)
_SHARD = re.compile(r"shard-\d{5}")
_SPLITS: tuple[Split, ...] = get_args(Split)


@dataclasses.dataclass(frozen=True, eq=False)
class Store:
    """A complete store: where it is, and what its ``manifest.json`` says."""

    folder: Path
    manifest: Mapping[str, Any]

    def splits(self, layouts: Mapping[Split, Layout]) -> dict[Split, Examples]:
        """The examples by split, those without any absent; a DataError where a shard is none, or of another layout."""
        tables: dict[Split, list[Table]] = {split: [] for split in _SPLITS}
        for shard in self.manifest["shards"]:
            if any(shard["examples"].values()):
                for split, table in map_shard(self.folder / f"{shard['name']}.safetensors", layouts).items():
                    tables[split].append(table)
        return {split: Examples(found) for split, found in tables.items() if found}

    def reports(self) -> Iterator[FileReport]:
        """What became of every file, in the source's order."""
        for shard in self.manifest["shards"]:
            path = self.folder / f"{shard['name']}.jsonl"
            with regular.opened(path) as lines:
                for number, line in enumerate(lines, 1):
                    try:
                        values = regular.parse_json(line)
                        rejection, notices = values.pop("rejection"), tuple(values.pop("notices"))
                        yield FileReport(rejection=rejection and Rejection(**rejection), notices=notices, **values)
                    except (ValueError, TypeError, KeyError, AttributeError) as error:
                        raise DataError(
                            f"{path} line {number} is no account of a file ({error}): delete the store"
                        ) from error


def up_to_date_store(
    folder: Path,
    made_from: Provenance,
    items: Callable[[], Iterable[Item | Skipped]],
    job: Job,
    engine: Engine,
    progress: Callable[[int], None] | None = None,
) -> tuple[dict[Split, Examples], Store, str]:
    """The examples of the store in a folder, made now unless it is there and good; and a line for people that says so.

    Arguments and errors as of `build_store`; here the folder needn't be there, is locked, and what can't be written is
    a DataError. A folder that is a file, or holds something that is no part of a store, is a UsageError.
    """
    require_folder(folder, option="--store")
    try:
        regular.folder(folder)
        stranger = next((path for path in sorted(folder.iterdir()) if not _OURS.fullmatch(path.name)), None)
        if stranger is not None:
            raise UsageError(
                f"{folder} holds {stranger.name}, which is no part of a store: choose a folder that is new or empty"
            )
        tell = partial(print, "gen:", file=sys.stderr)
        with locked(folder, doing="being prepared or checked", wait=tell):
            found, why = _open_store(folder, made_from)
            history = f"prepared examples used again: {folder}"
            if found is None:
                found, kept = build_store(folder, made_from, items(), job, engine, progress)
                went_on = f"; {kept} files were done before" if kept else ""
                history = f"examples prepared into {folder} ({why}{went_on})"
            return found.splits(job.layouts), found, history
    except OSError as error:
        raise DataError(
            f"the prepared examples can't be kept in {folder}: {error.strerror or error}. What is done so far stays; "
            "make room, or choose another place with --store"
        ) from error


def _open_store(folder: Path, made_from: Provenance) -> tuple[Store | None, str]:
    """The store in a folder if it is up to date and every digest is right; else the reason to make it."""
    manifest = _read_manifest(folder)
    if manifest is None:
        begun = (folder / "building.json").exists()
        return None, "a preparation was broken off here" if begun else "for the first time"
    if manifest["format"] != FORMAT:
        return None, "the store was written by another version of gen"
    wrong = differences(manifest["made_from"], made_from)
    wrong = wrong or [text for shard in manifest["shards"] if (text := _damage(folder, shard))][:1]
    return (None, "; ".join(wrong)) if wrong else (Store(folder, manifest), "")


def _damage(folder: Path, shard: Mapping[str, Any]) -> str:
    """Which file of a shard is missing or was changed; nothing where all are as they were written."""
    for name, digest in shard["files"].items():
        try:
            found = sha256_of(folder / name)
        except DataError as error:
            return str(error)
        if found != digest:
            return f"{folder / name} is damaged: its sha256 is {found[:12]}…, and was {digest[:12]}…"
    return ""


def _read_manifest(folder: Path) -> dict[str, Any] | None:
    manifest = _read_json(folder / "manifest.json", needed=("format", "fingerprint", "made_from", "examples", "shards"))
    fits = (
        manifest is not None
        and isinstance(manifest["made_from"], dict)
        and _are_counts(manifest["examples"])
        and isinstance(manifest["shards"], list)
        and all(map(_is_shard, manifest["shards"]))
    )
    return manifest if fits else None


def _is_shard(found: Any) -> bool:
    """Whether that says of a shard what `_write` says: strangers' files may say anything."""
    name = found.get("name") if isinstance(found, dict) else None
    return (
        isinstance(name, str)
        and _SHARD.fullmatch(name) is not None
        and isinstance(found.get("files"), dict)
        and set(found["files"]) == {f"{name}.safetensors", f"{name}.jsonl"}
        and all(isinstance(digest, str) for digest in found["files"].values())
        and _are_counts(found.get("examples"))
        and _are_counts({"reports": found.get("reports")})
    )


def _are_counts(found: Any) -> bool:
    return isinstance(found, dict) and all(type(count) is int and count >= 0 for count in found.values())


def list_stores(root: Path) -> list[dict[str, Any]]:
    """What lies in a folder of stores: ``name``, ``whole``, ``examples`` by split, and ``bytes`` of each."""
    folders = sorted(filter(Path.is_dir, root.iterdir())) if root.is_dir() else []
    return [
        {
            "name": folder.name,
            "whole": manifest is not None,
            "examples": _total([manifest["examples"]] if manifest else []),
            "bytes": sum(path.stat().st_size for path in folder.glob("shard-*")),
        }
        for folder, manifest in zip(folders, map(_read_manifest, folders), strict=True)
    ]


def build_store(
    folder: Path,
    made_from: Provenance,
    items: Iterable[Item | Skipped],
    job: Job,
    engine: Engine,
    progress: Callable[[int], None] | None = None,
) -> tuple[Store, int]:
    """Make a store, or finish one; also says how many files were taken over from an unfinished preparation.

    The folder must be there, and locked by the caller; complete shards in it that were made from the same are kept.
    Progress is called with the number of files done.

    Raises:
        DataError: there is no file at all, or workers die again and again.
        PluginError: the converter breaks its contract.
        OSError: no room, no permission. What is done stays.
    """
    kept = _kept_shards(folder, made_from)
    done = taken_over = sum(shard["reports"] for shard in kept)
    files = iter(items)
    skipped = sum(1 for _ in islice(files, done))
    if skipped < done:
        raise DataError(f"the data set gave {done} files before and gives {skipped} now: run the command again")
    shards = kept
    results = _watched(engine.map(job, _tasks(files, done, elsewhere=engine.elsewhere)), done, progress)
    while results_of_shard := list(islice(results, _TASKS_A_SHARD)):
        shards.append(_write(folder, len(shards), results_of_shard))
    if not shards:
        raise DataError("the data set has no files at all")
    manifest = {
        "format": FORMAT,
        "fingerprint": _fingerprint(folder, shards, [label.name for label in job.recipe.data.labels]),
        "made_from": dict(made_from),
        "examples": _total(shard["examples"] for shard in shards),
        "shards": shards,
    }
    write_atomically(folder / "manifest.json", json_text(manifest, indent=1) + "\n")
    for leftover in (*folder.glob("shard-*.done"), folder / "building.json"):
        regular.remove(leftover)
    return Store(folder, manifest), taken_over


def _kept_shards(folder: Path, made_from: Provenance) -> list[dict[str, Any]]:
    """Complete shards of an unfinished preparation from the same; everything else is cleared away."""
    regular.remove(folder / "manifest.json")
    building = folder / "building.json"
    begun = _read_json(building, needed=("format", "made_from"))
    kept: list[dict[str, Any]] = []
    if begun is not None and begun["format"] == FORMAT and begun["made_from"] == json.loads(json.dumps(made_from)):
        while shard := _complete_shard(folder, len(kept)):
            kept.append(shard)
    names = {f"{shard['name']}{suffix}" for shard in kept for suffix in (".safetensors", ".jsonl", ".done")}
    for path in (*folder.glob("shard-*"), *folder.glob(".*.part")):
        if path.name not in names:
            regular.remove(path)
    write_atomically(building, json_text({"format": FORMAT, "made_from": made_from}, indent=1) + "\n")
    return kept


def _complete_shard(folder: Path, number: int) -> dict[str, Any] | None:
    shard = _read_json(folder / f"shard-{number:05d}.done", needed=("name", "files", "examples", "reports"))
    return None if shard is None or not _is_shard(shard) or _damage(folder, shard) else shard


def _write(folder: Path, number: int, results: list[TaskResult]) -> dict[str, Any]:
    """Write one shard; its entry in the manifest."""
    name = f"shard-{number:05d}"
    found = {split: [result.tables[split] for result in results if split in result.tables] for split in _SPLITS}
    tables = {split: Table.joined(each) for split, each in found.items() if each}
    reports = [report for result in results for report in result.reports]
    examples, account = folder / f"{name}.safetensors", folder / f"{name}.jsonl"
    write_shard(examples, tables)
    write_atomically(account, "".join(f"{json_text(dataclasses.asdict(report))}\n" for report in reports))
    entry = {
        "name": name,
        "files": {path.name: sha256_of(path) for path in (examples, account)},
        "reports": len(reports),
        "examples": {split: len(table) for split, table in tables.items()},
    }
    write_atomically(folder / f"{name}.done", json_text(entry))
    return entry


def _tasks(files: Iterator[Item | Skipped], first: int, *, elsewhere: bool) -> Iterator[Task]:
    while items := tuple(islice(files, _FILES_A_TASK)):
        yield first, tuple(map(_carried, items)) if elsewhere else items
        first += len(items)


def _carried(item: Item | Skipped) -> Item | Skipped:
    """An item that carries its bytes to a machine that doesn't see the file."""
    if isinstance(item, Skipped):
        return item
    try:
        return dataclasses.replace(item, midi=item.read())
    except OSError:
        return item  # who can't read it either says why


def _watched(results: Iterator[TaskResult], done: int, progress: Callable[[int], None] | None) -> Iterator[TaskResult]:
    for result in results:
        done += len(result.reports)
        if progress is not None:
            progress(done)
        yield result


def _fingerprint(folder: Path, shards: Iterable[Mapping[str, Any]], labels: Iterable[str] = ()) -> str:
    """Of ids, splits and contents, and of those labels of the files that a model is given."""
    digest = hashlib.sha256()
    for report in Store(folder, {"shards": shards}).reports():
        if report.split is not None:
            digest.update(
                f"{report.id}\0{report.split}\0".encode(errors="surrogatepass") + bytes.fromhex(report.sha256)
            )
            for name in labels:
                digest.update(f"{name}\0{report.metadata.get(name, '')}\0".encode(errors="surrogatepass"))
    return digest.hexdigest()


def _total(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total = sum(map(Counter, counts), Counter[str]())
    return {split: total[split] for split in _SPLITS}


def _read_json(path: Path, *, needed: tuple[str, ...]) -> dict[str, Any] | None:
    try:
        found = regular.read_json(path)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and all(key in found for key in needed) else None
