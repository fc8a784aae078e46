"""What the studio offers is what the commands take: options, defaults, and words that mean what the page says."""

from __future__ import annotations

from importlib import import_module

import pytest

from gen import cli
from gen.errors import UsageError
from gen.workshop.studio.choices import VERBS

CASES = [(verb.name, option.name) for verb in VERBS.values() for option in verb.options]


def parser(verb: str):
    return cli.command_parser(verb, import_module(cli.COMMANDS[verb][0]))


@pytest.mark.parametrize(("verb", "name"), CASES)
def test_an_option_of_the_page_is_one_of_the_command_with_the_same_default(verb, name):
    option = next(each for each in VERBS[verb].options if each.name == name)
    action = next(each for each in parser(verb)._actions if f"--{name}" in each.option_strings)

    if option.kind == "choice":
        assert action.default is None
        assert set(option.choices[1:]) == set(action.choices)
    elif option.kind == "names":
        assert not action.default
    elif option.kind in ("text", "model"):
        assert (action.default or "") == option.default
    elif (verb, name) == ("interpolate", "steps"):
        assert action.default is None  # 9 between two clips, as the page says
        assert option.default == 9
    else:
        assert action.default == option.default


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_at_its_default_is_not_said(verb):
    values = {
        option.name: option.choices[0] if option.kind == "choice" else [] if option.kind == "names" else option.default
        for option in VERBS[verb].options
    }
    assert VERBS[verb].words(values) == []


@pytest.mark.parametrize(
    ("verb", "values", "words"),
    [
        ("humanize", {"amount": 60, "only": "timing"}, ["--amount", "60", "--only", "timing"]),
        ("vary", {"keep": ["kick", "snare", "kick"], "seed": 7}, ["--keep", "kick,snare", "--seed", "7"]),
        ("redo", {"drums": ["hats"], "bars": "3-4"}, ["--drums", "hats", "--bars", "3-4"]),
        ("apply", {"density": -0.5, "swing": 1.0001}, ["--density", "-0.5", "--swing", "1"]),
        ("song", {"no-ending": True, "form": "AB", "qpm": 96.5}, ["--form", "AB", "--no-ending", "--qpm", "96.5"]),
    ],
)
def test_values_become_words_that_the_command_reads(verb, values, words):
    made = VERBS[verb].words(values)

    assert made == words
    parsed = parser(verb).parse_args([*(["clip.mid"] if VERBS[verb].clips else []), *made])
    assert parsed is not None


@pytest.mark.parametrize(
    ("verb", "values", "complaint"),
    [
        ("vary", {"amuont": 1}, "Vary has no option 'amuont'; did you mean 'amount'"),
        ("vary", {"amount": "30"}, "Amount: a number from 0 to 100, not '30'"),
        ("vary", {"amount": True}, "Amount: a number from 0 to 100, not True"),
        ("vary", {"amount": 100.5}, "Amount: a number from 0 to 100, not 100.5"),
        ("vary", {"seed": 1.5}, "Seed: a whole number, not 1.5"),
        ("vary", {"seed": 1 << 40}, "Seed: a number from 0 to"),
        ("vary", {"keep": "kick"}, "Locked: names, not 'kick'"),
        ("vary", {"keep": ["kcik"]}, "Locked: no 'kcik'; did you mean 'kick'"),
        ("vary", {"bars": "--out"}, "Bars that may change: '--out' is none: such as 3-4, or 3"),
        ("vary", {"bars": "1\n"}, "Bars that may change"),
        ("humanize", {"only": "both --out"}, "Change: no 'both --out'"),
        ("song", {"form": "A B"}, "Form: 'A B' is none"),
        ("song", {"loops": 1}, "on or off, not 1"),
        ("song", {"form": None}, "Form: a text, not None"),
    ],
)
def test_what_can_not_be_is_refused_with_the_fields_name(verb, values, complaint):
    with pytest.raises(UsageError) as refused:
        VERBS[verb].words(values)
    assert complaint in str(refused.value)
