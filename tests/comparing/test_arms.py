"""What may be compared, and what is said where it may not or had better not."""

from __future__ import annotations

import pytest

import gen
from gen.comparing.arms import Budget, common_budget, parse_arms, with_budget
from gen.comparing.fairness import flags, require_comparable, settings_that_differ, sizes
from gen.comparing.plan import Plan, open_folder
from gen.errors import UsageError
from gen.model.build import build_converter


def sized(arms):
    return sizes(arms, build_converter(arms[0].recipe, mode="eval"))


def test_arms_are_called_after_their_recipes(recipe):
    arms = parse_arms([recipe("a"), recipe("b")], ["latent.size=3"])
    assert [arm.name for arm in arms] == ["a", "b"]
    assert {arm.recipe.latent.size for arm in arms} == {3}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["cat-drums_2bar_tiny"], "two arms or more"),
        (["cat-drums_2bar_tiny", "cat-drums_2bar_tiny"], "two arms are called cat-drums_2bar_tiny"),
        (["cat-drums_2bar_tiny", "cat-drums_2bar_tinny"], "did you mean 'cat-drums_2bar_tiny'"),
    ],
)
def test_arms_that_make_no_comparison_are_refused(words, complaint):
    with pytest.raises(UsageError, match=complaint):
        parse_arms(words)


def test_a_budget_is_shared_or_has_to_be_given(recipe):
    arms = parse_arms([recipe("a"), recipe("b")])
    assert common_budget(arms, None, None) == Budget(20)
    uneven = parse_arms(["cat-drums_2bar_tiny", "flat-drums_16bar"])
    with pytest.raises(
        UsageError, match=r"budgets differ \(cat-drums_2bar_tiny 3,000, flat-drums_16bar 100,000 steps\)"
    ):
        common_budget(uneven, None, None)
    assert common_budget(uneven, 10, None) == Budget(10)
    assert common_budget(uneven, None, 2.5) == Budget(None, 2.5)


@pytest.mark.parametrize(
    ("steps", "minutes", "complaint"),
    [(1, 1.0, "exclude each other"), (0, None, "at least 1"), (None, 0.0, "above 0"), (None, float("nan"), "above 0")],
)
def test_a_budget_is_one_of_two_and_more_than_nothing(steps, minutes, complaint):
    with pytest.raises(UsageError, match=complaint):
        Budget(steps, minutes)


def test_what_an_override_says_of_the_watching_stands(recipe):
    (arm, _) = parse_arms([recipe("a"), recipe("b")])
    told = with_budget(arm, Budget(100), ["training.eval_every=7"])
    plain = with_budget(arm, Budget(100))
    assert (plain.recipe.training.eval_every, plain.recipe.training.checkpoint_every) == (5, 10)
    assert told.recipe.training.eval_every == arm.recipe.training.eval_every
    assert {told.recipe.training.steps, plain.recipe.training.steps} == {100}


@pytest.mark.parametrize("schedule", ["one_cycle", "cosine", "{type: warm_up, steps: 5, then: cosine}"])
def test_minutes_are_refused_to_a_schedule_that_falls_to_a_last_step(schedule, recipe):
    (arm, _) = parse_arms([recipe("a"), recipe("b")], [f"training.schedule={schedule}"])
    assert with_budget(arm, Budget(100)).recipe.training.steps == 100
    with pytest.raises(UsageError, match=r"a: training.schedule \w+ needs to know its last step.*give --steps, or"):
        with_budget(arm, Budget(None, 1.0))


@pytest.mark.parametrize("schedule", ["exponential", "constant", "{type: warm_up, steps: 5}"])
def test_minutes_are_given_to_a_schedule_without_an_end(schedule, recipe):
    (arm, _) = parse_arms([recipe("a"), recipe("b")], [f"training.schedule={schedule}"])
    assert with_budget(arm, Budget(None, 1.0)).recipe.training.steps > 10**9


@pytest.mark.parametrize(
    ("one", "other", "complaint"),
    [
        (
            "cat-drums_2bar_tiny",
            "cat-mel_2bar_tiny",
            "their converters differ .*type was drums and is melody",
        ),
        ("flat-mel_16bar", "cat-mel_2bar_small", "slice_bars was 16 and is 2"),
    ],
)
def test_arms_of_different_converters_are_refused_in_words(one, other, complaint):
    with pytest.raises(UsageError, match=complaint):
        require_comparable(parse_arms([one, other]))


def test_arms_of_different_data_are_refused_in_words(recipe):
    arms = parse_arms([recipe("a"), recipe("b")])
    other = parse_arms([recipe("c"), recipe("d")], ["data.seed=5"])
    with pytest.raises(UsageError, match=r"their data differ .*seed was 0 and is 5"):
        require_comparable([arms[0], other[1]])


def test_changes_of_key_drawn_while_training_are_flagged_and_not_refused():
    words = ["cat-mel_2bar_tiny", "cat-mel_2bar_small"]
    moved, still = (
        parse_arms(words, ["training.steps=10", f"data.augment.transpose={span}"])[0] for span in ("[-5, 5]", "[0, 0]")
    )
    require_comparable([moved, still])
    assert "augmentation differs (data.augment)" in flags([moved, still], sized([moved]), Budget(10), [0, 1])


def test_everything_that_is_not_alike_is_flagged(recipe):
    arms = parse_arms([recipe("a"), recipe("b", "[40]")])
    other = parse_arms([recipe("b", "[40]"), recipe("c")], ["training.batch_size=8", "latent.free_bits=3"])[0]
    said = flags([arms[0], other], sized([arms[0], other]), Budget(20), [0])
    text = "\n".join(said)
    for words in ("decoders are not matched: b has", "price of the latent space", "batch sizes differ", "one training"):
        assert words in text
    differing = settings_that_differ([arms[0], other])
    assert differing["training.batch_size"] == {"a": "4", "b": "8"}
    assert differing["decoder.sizes"] == {"a": "[6, 5]", "b": "[40]"}
    assert "training.seed" not in differing


def test_arms_that_differ_in_their_decoders_alone_raise_no_flag_but_for_a_lone_seed():
    arms = parse_arms(["flat-drums_16bar_small_matched", "hierdec-drums_16bar_small_matched"])
    require_comparable(arms)
    assert flags(arms, sized(arms), Budget(10), [0, 1, 2]) == []
    assert len(flags(arms, sized(arms), Budget(10), [0])) == 1


def test_sizes_are_those_of_the_models(recipe):
    arms = parse_arms([recipe("a"), recipe("b", "[9]")])
    for arm in arms:
        model = gen.build_model(arm.recipe)
        assert sized(arms)[arm.name].total == model.parameter_count()
        assert sized(arms)[arm.name].decoder == sum(p.numel() for p in model.decoder.parameters() if p.requires_grad)


def plan_of(arms, **changes):
    settings = {"seeds": (0,), "budget": Budget(20), "split": "validation", **changes}
    return Plan(arms=tuple(arms), **settings)


def test_a_folder_holds_one_comparison_and_takes_no_other(recipe, tmp_path):
    arms = parse_arms([recipe("a"), recipe("b", "[9]")])
    open_folder(tmp_path / "out", plan_of(arms))
    open_folder(tmp_path / "out", plan_of(arms))
    with pytest.raises(UsageError, match=r"holds another comparison \(limit was null and is 5\)"):
        open_folder(tmp_path / "out", plan_of(arms, limit=5))
    wider = parse_arms([recipe("a"), recipe("b", "[10]")])
    with pytest.raises(UsageError, match=r"b: decoder\.sizes was \[9\] and is \[10\]"):
        open_folder(tmp_path / "out", plan_of(wider))


def test_a_comparison_may_grow_by_arms_and_seeds(recipe, tmp_path):
    arms = parse_arms([recipe("a"), recipe("b", "[9]"), recipe("c", "[8]")])
    open_folder(tmp_path / "out", plan_of(arms[:2]))
    open_folder(tmp_path / "out", plan_of(arms, seeds=(0, 1, 2)))
    open_folder(tmp_path / "out", plan_of(arms[1:]))
    changed = parse_arms([recipe("a", "[3]"), recipe("b", "[9]")])
    with pytest.raises(UsageError, match=r"a: decoder\.sizes was \[6, 5\] and is \[3\]"):
        open_folder(tmp_path / "out", plan_of(changed))


def with_steps(steps, arms):
    budget = Budget(steps)
    return plan_of([with_budget(arm, budget) for arm in arms], budget=budget)


def test_a_comparison_may_grow_by_steps(recipe, tmp_path):
    arms = parse_arms([recipe("a"), recipe("b", "[9]"), recipe("c", "[8]")])
    open_folder(tmp_path / "out", with_steps(20, arms))
    open_folder(tmp_path / "out", with_steps(50, arms[:2]))
    open_folder(tmp_path / "out", with_steps(50, arms))  # c, left out before, catches up
    changed = parse_arms([recipe("a"), recipe("b", "[10]")])
    with pytest.raises(UsageError, match=r"comparison \(b: decoder\.sizes was \[9\] and is \[10\]\)"):
        open_folder(tmp_path / "out", with_steps(60, changed))
    minutes = Budget(None, 2.0)
    with pytest.raises(UsageError, match=r"minutes was null and is 2"):
        open_folder(tmp_path / "out", plan_of([with_budget(arm, minutes) for arm in arms], budget=minutes))


def test_it_may_have_fewer_steps_again_unless_a_training_went_beyond_them(recipe, tmp_path):
    arms = parse_arms([recipe("a"), recipe("b", "[9]")])
    open_folder(tmp_path / "out", with_steps(5000, arms))
    (tmp_path / "out" / "runs" / "a-seed-0" / "checkpoints" / "step-30").mkdir(parents=True)
    open_folder(tmp_path / "out", with_steps(30, arms))
    with pytest.raises(UsageError, match=r"steps was 30 and is 29; .* a training is at step 30 already"):
        open_folder(tmp_path / "out", with_steps(29, arms))


def test_a_folder_of_an_older_gen_is_read_with_what_it_did_not_know_yet(recipe, tmp_path):
    arms = parse_arms([recipe("a"), recipe("b", "[9]")])
    open_folder(tmp_path / "out", plan_of(arms))
    kept = tmp_path / "out" / "arms" / "a.yaml"
    lines = [line for line in kept.read_text().splitlines() if "grad_norm_limit" not in line]
    kept.write_text("\n".join(lines))
    open_folder(tmp_path / "out", plan_of(arms))


def test_a_folder_with_something_else_is_left_alone(recipe, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="not empty and holds no comparison"):
        open_folder(tmp_path / "out", plan_of(parse_arms([recipe("a"), recipe("b")])))


def test_the_same_plan_has_the_same_folder_and_another_has_another(recipe):
    arms = parse_arms([recipe("a"), recipe("b")])
    assert plan_of(arms).folder_name() == plan_of(arms).folder_name()
    assert plan_of(arms).folder_name() != plan_of(arms, limit=5).folder_name()
