"""A small data set that keeps every promise, and some that break one each."""

from __future__ import annotations

import itertools
import zlib
from pathlib import Path

import gen


def _clip(pitch):
    return gen.midi.midi_bytes(gen.NoteSequence(pitch=[pitch, pitch + 2], start=[0.0, 0.5], end=[0.5, 1.0]))


_MIDI = _clip(60)
_CALLS = itertools.count()


class HonestDataset(gen.DatasetSource):
    """Ten clips in a folder that needn't exist; a path is looked at where one is given.

    Args:
        path: a folder of MIDI files; None for ten clips that are made up.
    """

    title = "Ten clips"
    licence = "public domain"

    def __init__(self, path: str | None = None) -> None:
        self.path = path

    def items(self):
        if self.path is not None:
            self.refuse(Path(self.path))
        yield gen.Skipped("cover.jpg", "no MIDI file")
        for number in range(10):
            yield gen.Item(self.name(number), self.split(number), self.content(number), self.metadata(number))

    def refuse(self, path):
        raise gen.errors.DataMissingError(f"there is no MIDI file in {path}")

    def name(self, number):
        return f"clips/{number}.mid"

    def split(self, number):
        return ("train", "validation", "test")[number % 3]

    def content(self, number):
        return _clip(40 + number)

    def metadata(self, number):
        return {"number": str(number)}


class LooksForItsFilesAtOnce(HonestDataset):
    def __init__(self, path: str | None = "nowhere") -> None:
        self.files = list(Path(path or "nowhere").resolve(strict=True).iterdir())


class NoLicence(HonestDataset):
    licence = ""


class LicenceOfManyLines(HonestDataset):
    licence = "Permission is hereby granted\nto nobody"


class FindsNothingAndSaysNothing(HonestDataset):
    def items(self):
        return iter(()) if self.path is not None else super().items()


class FilesystemErrors(HonestDataset):
    def refuse(self, path):
        raise FileNotFoundError(path)


class DoesNotSayWhere(HonestDataset):
    def refuse(self, path):
        raise gen.errors.DataMissingError("no data")


class NothingToUse(HonestDataset):
    def items(self):
        return (each for each in super().items() if isinstance(each, gen.Skipped))


class NamesTwice(HonestDataset):
    def name(self, number):
        return f"{number % 9}.mid"


class SkipsWithoutAReason(HonestDataset):
    def items(self):
        return (gen.Skipped(each.id, "") if isinstance(each, gen.Skipped) else each for each in super().items())


class NamesAnewEachTime(HonestDataset):
    def name(self, number):
        return f"{next(_CALLS)}.mid"


class OtherMusicEachTime(HonestDataset):
    def content(self, number):
        return gen.midi.midi_bytes(gen.NoteSequence(pitch=[next(_CALLS) % 128], start=[0.0], end=[1.0]))


class AnotherWordForValidation(HonestDataset):
    def split(self, number):
        return "dev" if number == 3 else super().split(number)


class DrawsItsSplits(HonestDataset):
    def split(self, number):
        return lambda content, notes: ("train", "test")[next(_CALLS) % 2]


class OffersPictures(HonestDataset):
    def content(self, number):
        return b"\xff\xd8\xff\xe0" if number > 3 else _MIDI


class OffersWhatIsNotThere(HonestDataset):
    def content(self, number):
        return Path("nowhere.mid") if number == 3 else _MIDI


class NumbersAsMetadata(HonestDataset):
    def metadata(self, number):
        return {"number": number}


class SignsWithTheTimeOfDay(HonestDataset):
    def signature(self):
        return str(next(_CALLS))


class TwiceOnTwoSides(HonestDataset):
    def content(self, number):
        return _clip(40 + number // 2)


class HonestFolder(gen.DatasetSource):
    """The files of a folder, split by what is in them.

    Args:
        path: the folder.
    """

    title, licence = "a folder", "public domain"

    def __init__(self, path: str | None = None) -> None:
        self.path = path

    def files(self):
        found = sorted(Path(self.path or "nowhere").rglob("*.mid"))
        if not found:
            raise gen.errors.DataMissingError(f"there is no MIDI file in {self.path}")
        return found

    def items(self):
        for place, file in enumerate(self.files()):
            yield gen.Item(file.relative_to(self.path).as_posix(), self.side(place, file), file)

    def side(self, place, file):
        return ("train", "validation", "test")[zlib.crc32(file.read_bytes()) % 3]

    def signature(self):
        return gen.data.stat_signature(self.files())


class SplitsByTheName(HonestFolder):
    def side(self, place, file):
        return ("train", "validation", "test")[zlib.crc32(file.name.encode()) % 3]


class SplitsByThePlace(HonestFolder):
    """Copies of one file are skipped, so that only additions tell."""

    def items(self):
        there = {}
        for file in self.files():
            there.setdefault(file.read_bytes(), file)
        for place, file in enumerate(there.values()):
            yield gen.Item(file.relative_to(self.path).as_posix(), self.side(place, file), file)

    def side(self, place, file):
        return "test" if place % 3 == 2 else "train"


class SignsNamesAlone(HonestFolder):
    def signature(self):
        return " ".join(file.name for file in self.files())


class SignsTheFirstFile(HonestFolder):
    def signature(self):
        return gen.data.stat_signature(self.files()[:1])


FOLDERS = {
    SplitsByTheName: "same-content",
    SplitsByThePlace: "additions",
    SignsNamesAlone: "signature-follows",
    SignsTheFirstFile: "signature-follows",
}
"""Each that needs a folder to show what is wrong with it."""

INTENDED = {
    TwiceOnTwoSides: "same-content",
    LooksForItsFilesAtOnce: "constructs",
    NoLicence: "terms",
    LicenceOfManyLines: "terms",
    FindsNothingAndSaysNothing: "missing-data",
    FilesystemErrors: "missing-data",
    DoesNotSayWhere: "missing-data",
    NothingToUse: "items",
    NamesTwice: "items",
    SkipsWithoutAReason: "items",
    NamesAnewEachTime: "stable",
    OtherMusicEachTime: "stable",
    AnotherWordForValidation: "splits",
    DrawsItsSplits: "splits",
    OffersPictures: "readable",
    OffersWhatIsNotThere: "readable",
    NumbersAsMetadata: "readable",
    SignsWithTheTimeOfDay: "signature",
}
"""Each broken data set, and the check that must fail, alone."""
