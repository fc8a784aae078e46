"""Clips that no window of a model fits, heard all the same, and what is made of them in the clip's own time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scores import score
from tiny_models import tiny_model

import gen
from gen.music import drumify, reconstruct_clip
from gen.music.laying import lay
from gen.notes import Tempos
from gen.notes.moving import quarters_at, seconds_at

BAR = score("drums " + " ".join(f"{(36, 38)[beat % 2]}:[{beat * 0.5}]" for beat in range(4)))
WALTZ = score("drums " + " ".join(f"36:[{beat * 0.5}]" for beat in range(24)), metre=(3, 4))
MARCH = score(" ".join(f"{60 + beat % 5}:[{beat * 0.5},{beat * 0.5 + 0.4}]" for beat in range(32)), metre=(2, 4))
EIGHT = score("drums " + " ".join(f"36:[{beat * 0.5}]" for beat in range(32)))
TWO_TEMPOS = replace(EIGHT, tempos=Tempos(time=[0.0, 4.0], qpm=[120.0, 60.0]))


def test_a_clip_that_a_model_hears_is_left_alone():
    assert lay(tiny_model("groove"), EIGHT) is None
    nobody = replace(BAR, tempos=Tempos(time=[0.0, 1.0], qpm=[120.0, 0.0]))
    assert lay(tiny_model("groove"), nobody) is None  # nobody counts in it


@pytest.mark.parametrize("clip", [BAR, WALTZ, TWO_TEMPOS], ids=["a bar", "a waltz", "two tempos"])
def test_drums_come_back_where_they_were(clip):
    laid = lay(tiny_model("groove"), clip)
    assert gen.find_windows(tiny_model("groove"), laid.notes).windows
    back = laid.back(laid.notes)
    assert back.start == pytest.approx(clip.start)
    assert back.pitch.tolist() == clip.pitch.tolist()
    assert back.tempos.qpm.tolist() == clip.tempos.qpm.tolist()
    assert back.time_signatures.numerator.tolist() == clip.time_signatures.numerator.tolist()
    assert back.total_time == clip.total_time


def test_a_loop_is_as_long_as_it_was_and_says_so():
    whole = reconstruct_clip(tiny_model("groove"), BAR)
    assert "shorter than a window of 4 bars: heard as a loop of 1 bar" in whole.notices
    assert whole.original.start == pytest.approx(BAR.start)
    assert whole.made.total_time == pytest.approx(BAR.total_time, abs=0.3)
    assert whole.notices[-1].endswith("of 4 hits kept")


def test_bars_of_another_metre_begin_the_models_own():
    laid = lay(tiny_model("groove"), WALTZ)
    step = 60 / 120 / 4
    steps = np.rint(laid.notes.start / step).astype(int)
    assert set((steps % 16).tolist()) == {0, 4, 8}
    assert "bars of 3/4" in laid.notices[0]
    fourth = replace(laid.notes, start=laid.notes.start + 12 * step, end=laid.notes.end + 12 * step)
    on_one = steps % 16 == 0
    assert len(laid.back(fourth.select(on_one))) == 0  # a fourth beat, for which a waltz has no place
    assert len(laid.back(fourth.select(~on_one))) == 14  # beats of the next bar, but behind the last


def test_two_bars_of_a_march_are_one_of_the_models_and_a_waltz_is_no_tune_for_it():
    march = lay(tiny_model("melody"), MARCH)
    assert march.notices == ()
    assert march.notes.start == pytest.approx(MARCH.start)
    waltz = replace(MARCH, time_signatures=WALTZ.time_signatures)
    assert lay(tiny_model("melody"), waltz) is None
    assert lay(tiny_model("groove"), WALTZ, any_metre=False) is None


def test_a_change_of_tempo_is_followed_in_beats():
    laid = lay(tiny_model("groove"), TWO_TEMPOS)
    assert laid.notes.start[9] - laid.notes.start[8] == pytest.approx(0.25)  # half a beat by then, of 120
    assert "changes of tempo are kept" in laid.notices[-1]
    times = np.array([0.0, 1.0, 4.0, 7.5])
    assert seconds_at(TWO_TEMPOS, quarters_at(TWO_TEMPOS, times)) == pytest.approx(times)


def test_drums_of_a_bar_of_taps():
    whole = drumify(tiny_model("tap"), BAR)
    assert "heard as a loop of 1 bar" in whole.notices[0]
    assert "of 4 tapped steps have a hit" in whole.notices[-1]
    assert whole.made.start.max(initial=0.0) < 2.0
    with pytest.raises(gen.errors.UsageError, match="its converter has tapify off"):
        drumify(tiny_model("groove"), BAR)
