"""A small data set that keeps every promise, and some that break one each."""

from __future__ import annotations

import itertools
from pathlib import Path

import gen

_MIDI = gen.midi.midi_bytes(gen.NoteSequence(pitch=[60], start=[0.0], end=[1.0]))
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
        return _MIDI

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


INTENDED = {
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
