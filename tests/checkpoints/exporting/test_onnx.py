"""ONNX graphs do in onnxruntime what the model does in torch."""

from __future__ import annotations

import builtins
import json

import numpy as np
import pytest
import torch

import gen
from gen.checkpoints.exporting import onnx
from gen.checkpoints.exporting.onnx import graphs_of
from gen.errors import CheckpointError, UsageError
from gen.model.build import build_converter

MODELS = {
    "groove": ("groovae_4bar", ["encoder.sizes=[12, 8]", "decoder.sizes=[10, 9]", "latent.size=4"]),
    "hits": ("groovae_2bar_hits_control_tfds", ["encoder.sizes=[6]", "decoder.sizes=[5]", "latent.size=3"]),
    "chords": ("cat-mel_2bar_med_chords", ["encoder.sizes=[6]", "decoder.sizes=[10, 7]", "latent.size=4"]),
    "multi": ("flat-trio_16bar", ["encoder.sizes=[4]", "decoder.sizes=[5]", "latent.size=3"]),
    "nade": ("nade-drums_2bar_reduced", ["encoder.sizes=[6]", "decoder.sizes=[5]", "latent.size=3"]),
    "trio": (
        "hier-trio_16bar",
        [
            "encoder.core.sizes=[4]",
            "decoder.sizes=[4, 4]",
            "latent.size=3",
            "decoder.core.cores=[{type: flat, sizes: [5]}]",
        ],
    ),
}


@pytest.fixture
def session():
    """``session(path)(inputs)``: an onnxruntime session's outputs by name."""
    runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime: pip install 'gen-music[onnx]'")
    pytest.importorskip("onnx", reason="needs onnx: pip install 'gen-music[onnx]'")

    def load(path):
        loaded = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        names = [output.name for output in loaded.get_outputs()]
        return lambda inputs: dict(zip(names, loaded.run(None, inputs), strict=True))

    return load


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_a_loop_over_the_step_says_what_the_model_says(make_run, session, tmp_path, model):
    run = make_run(*MODELS[model])
    done = gen.export_run(run, "onnx", tmp_path / "onnx")
    trained = gen.load_run(run, device="cpu")
    converter, vae = build_converter(trained.recipe), trained.model
    account = json.loads((tmp_path / "onnx" / "export.json").read_text())
    segments, steps = account.get("segments", 1), account.get("segment_steps", account["steps"])
    z = torch.randn(2, vae.latent.size, generator=torch.Generator().manual_seed(1))
    depth = converter.control_depth
    controls = torch.eye(depth)[torch.arange(vae.steps) % depth] if depth else None

    initial, step = (session(tmp_path / "onnx" / f"{name}.onnx") for name in ("initial", "step"))
    embeddings = z[:, None].numpy()
    if "segments" in account:
        embeddings = session(tmp_path / "onnx" / "conductor.onnx")({"z": z.numpy()})["embeddings"]
    said, previous = [], np.zeros((2, converter.output_depth), np.float32)
    for segment in range(segments):
        embedding = embeddings[:, segment]
        states = initial({"z": embedding})
        for number in range(steps):
            given = {"previous": previous, "z": embedding, **states}
            if controls is not None:
                given["control"] = controls[segment * steps + number].expand(2, -1).numpy()
            after = step(given)
            previous = after["likeliest"]
            states = {name.removeprefix("next_"): value for name, value in after.items() if name.startswith("next_")}
            said.append(previous)

    ours = vae.decode(z, controls=controls, temperature=0.0)
    np.testing.assert_allclose(np.stack(said, axis=1), ours.numpy(), atol=1e-5)
    assert len(np.unique(np.concatenate(said).round(3), axis=0)) > 1  # or else it would prove little
    assert 0 <= done.details["largest_difference"] < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("model", ["groove", "chords"])
def test_the_encoder_takes_batches_and_lengths_of_any_size(make_run, session, tmp_path, model):
    run = make_run(*MODELS[model])
    gen.export_run(run, "onnx", tmp_path / "onnx")
    trained = gen.load_run(run, device="cpu")
    converter = build_converter(trained.recipe)
    generator = torch.Generator().manual_seed(0)
    encode = session(tmp_path / "onnx" / "encoder.onnx")
    for batch, steps in ((1, 1), (5, 9), (2, 40)):
        inputs = torch.randn(batch, steps, converter.input_depth, generator=generator)
        lengths = torch.randint(steps + 1, (batch,), generator=generator)
        controls = torch.randn(batch, steps, converter.control_depth) if converter.control_depth else None

        given = {"inputs": inputs.numpy(), "lengths": lengths.numpy()}
        theirs = encode(given if controls is None else {**given, "controls": controls.numpy()})

        with torch.no_grad():
            ours = trained.model.encode(inputs, lengths, controls)
        np.testing.assert_allclose(theirs["mean"], ours.mean, atol=1e-4)
        np.testing.assert_allclose(theirs["stddev"], ours.stddev, atol=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_steps_one_by_one_are_the_samples(make_run, model):
    """The graphs' own functions in torch, where onnxruntime isn't there."""
    trained = gen.load_run(make_run(*MODELS[model]), device="cpu")
    graphs, loop = graphs_of(trained)
    assert [graph.name for graph in graphs if graph.name != "conductor"] == ["encoder", "initial", "step"]
    assert loop["steps"] == loop.get("segments", 1) * loop.get("segment_steps", loop["steps"])
    for graph in graphs:
        outputs = graph.run()
        assert len(outputs) == len(graph.outputs)
        assert all(len(value) == 1 for value in outputs)


def test_a_conductor_that_hears_cannot_be_exported(make_run, tmp_path):
    pytest.importorskip("onnxruntime", reason="needs onnxruntime: pip install 'gen-music[onnx]'")
    small = ["encoder.sizes=[4]", "decoder.sizes=[4]", "latent.size=3", "decoder.core.sizes=[4]"]
    run = make_run("hierdec-mel_16bar", [*small, "decoder.autoregressive=[0]"])
    with pytest.raises(CheckpointError, match="can't be exported to ONNX: a conductor hears"):
        gen.export_run(run, "onnx", tmp_path / "onnx")
    assert not (tmp_path / "onnx").exists()


@pytest.mark.parametrize("missing", ["onnx", "onnxruntime"])
def test_what_is_not_installed_is_named(run, tmp_path, monkeypatch, missing):
    real = onnx.import_module

    def refuse(name):
        if name in ("onnx", "onnxruntime"):
            if name == missing:
                raise ImportError(f"No module named {name!r}")
            return builtins
        return real(name)

    monkeypatch.setattr(onnx, "import_module", refuse)
    with pytest.raises(UsageError, match=rf"--to onnx needs {missing}: pip install 'gen-music\[onnx\]'"):
        gen.export_run(run, "onnx", tmp_path / "onnx")


def test_a_graph_that_says_something_else_is_not_written(run, tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime", reason="needs onnxruntime: pip install 'gen-music[onnx]'")
    monkeypatch.setattr(onnx, "_difference", lambda *_: 0.5)
    with pytest.raises(CheckpointError, match=r"encoder\.onnx doesn't do what the model does: .* differ .* by 0\.5"):
        gen.export_run(run, "onnx", tmp_path / "onnx")
    assert not (tmp_path / "onnx").exists()
