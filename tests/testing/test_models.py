"""Every recipe's model passes the kit; each broken one is found by the check that is there for it."""

from __future__ import annotations

import pytest
import torch
from broken_models import INTENDED, PATHS, Model

import gen
import gen.testing
from gen.recipes.sections import LatentSection
from gen.testing.models import CHECKS
from gen_decoders.flat import FlatDecoder
from gen_encoders.bilstm import BiLstmEncoder


def built(cls: type) -> gen.VAE:
    """A small model of a class."""
    torch.manual_seed(0)
    encoder = BiLstmEncoder([6], input_size=5)
    decoder = FlatDecoder([6], output_depth=4, control_depth=0, latent_size=3)
    return cls(encoder, decoder, latent=LatentSection(size=3), steps=5)


def batch_of(model: gen.VAE) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, None]:
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(4, 5, 5, generator=generator)
    outputs = model.decode(model.prior(4, generator=generator), generator=generator)
    return inputs, outputs, torch.tensor([5, 4, 5, 2]), None


@pytest.mark.parametrize("cls", [gen.VAE, Model], ids=lambda cls: cls.__name__)
def test_an_honest_model_passes(cls):
    model = built(cls)
    report = gen.testing.check_model(model, batch=batch_of(model)).require()
    assert {result.outcome for result in report.results} == {"passed"}


@pytest.mark.parametrize("cls", INTENDED, ids=lambda cls: cls.__name__)
def test_a_defect_is_found_by_its_check_and_by_no_other(cls):
    model = built(cls)
    report = gen.testing.check_model(model, batch=batch_of(model))
    assert [result.name for result in report.failures] == [INTENDED[cls]], str(report)
    assert report.failures[0].cause


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_a_path_that_is_none_is_found(path):
    model = built(gen.VAE)
    report = gen.testing.check_model(model, batch=batch_of(model), slerp=path)
    assert [result.name for result in report.failures] == ["slerp"], str(report)


def test_checking_a_model_leaves_it_as_it_was():
    model = built(gen.VAE).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    gen.testing.check_model(model, batch=batch_of(model))
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_model_needs_a_batch_and_a_recipe_has_one():
    model = built(gen.VAE)
    with pytest.raises(ValueError, match="batch is needed"):
        gen.testing.check_model(model)
    with pytest.raises(ValueError, match="made up"):
        gen.testing.check_model("cat-mel_2bar_tiny", batch=batch_of(model))


def test_every_check_has_a_defect_to_find():
    found = {*INTENDED.values(), *PATHS.values()}
    assert {check.name for check in CHECKS} - found == {"save-load"}


def test_the_report_of_a_recipe_is_named_after_it_and_not_after_its_trial():
    report = gen.testing.check_model("cat-mel_2bar_tiny", leave_out=[check.name for check in CHECKS])
    assert report.component == "model cat-mel_2bar_tiny"
