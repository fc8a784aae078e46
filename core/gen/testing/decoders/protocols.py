"""What a decoder may promise besides: single steps, and going on from the middle of a sequence."""

from __future__ import annotations

from dataclasses import replace

import torch

from gen.interfaces.decoder import SegmentDecoder
from gen.interfaces.stepping import Stepwise
from gen.testing.checks import failed, skipped
from gen.testing.decoders.subject import DecoderSubject
from gen.testing.weights import differs, seeded


def stepwise(subject: DecoderSubject) -> None:
    """Of a `gen.interfaces.Stepwise`: its steps, one after another, give the outputs and predictions of the whole."""
    decoder, batch = subject.decoder, subject.batch.whole()
    if not isinstance(decoder, Stepwise):
        skipped("it is no gen.interfaces.Stepwise, which only exporting asks for")
    try:
        sizes, states = decoder.state_sizes, decoder.initial_states(batch.z)
    except ValueError as error:
        skipped(f"it says no single steps: {error}")
    if [state.shape[-1] for state in states] != list(sizes):
        failed(f"state_sizes is {list(sizes)}, and the states are {[state.shape[-1] for state in states]} wide")
    whole = subject.forward(decoder, batch)
    assert whole.predictions is not None
    previous = torch.zeros_like(batch.targets[:, 0])
    for step in range(subject.steps):
        control = None if batch.controls is None else batch.controls[:, step]
        raw, likeliest, states = decoder.step(previous, batch.z, control, states)
        if differs(raw, whole.outputs[:, step]).any():
            failed(f"step() gives other outputs of step {step} than forward()")
        if differs(likeliest, whole.predictions[:, step], tolerance=1e-3).any():
            failed(f"step() has another likeliest step {step} than forward() predicts")
        previous = batch.targets[:, step]


def segments(subject: DecoderSubject) -> None:
    """Of a `gen.interfaces.SegmentDecoder`: it starts from any step, and tells how it ended."""
    decoder, batch = subject.decoder, subject.batch
    if not isinstance(decoder, SegmentDecoder):
        skipped("it is no gen.interfaces.SegmentDecoder, which it needs to be only inside a hierarchy")
    plain = subject.forward(decoder, batch)
    zeros = subject.forward(decoder, batch, start=torch.zeros_like(batch.targets[:, 0]))
    if differs(plain.outputs, zeros.outputs).any():
        failed("a start of zeros is not the same as none")
    start = subject.other_targets[:, 0]
    started = subject.forward(decoder, batch, start=start)
    if torch.equal(started.outputs[:, 0], plain.outputs[:, 0]):
        failed("the first step doesn't hear the start it is given")
    with seeded(0), torch.no_grad():
        said = decoder.sample(
            batch.z,
            subject.steps,
            controls=batch.controls,
            temperature=0.0,
            generator=torch.Generator().manual_seed(0),
            start=start,
        )
    predictions = subject.forward(decoder, replace(batch, targets=said).whole(), start=start).predictions
    assert predictions is not None
    if differs(predictions, said, tolerance=1e-3).any():
        failed("sample() from a start says another sequence than forward() from that start predicts")
    _ending(subject, decoder)


def _ending(subject: DecoderSubject, decoder: SegmentDecoder) -> None:
    batch = subject.batch
    output = subject.forward(decoder, batch, ending=True)
    pieces = output.ending
    width = 0 if pieces is None else sum(piece.shape[-1] for piece in pieces)
    if width != decoder.ending_size:
        failed(
            f"ending_size is {decoder.ending_size}, and the pieces of DecoderOutput.ending are {width} wide together"
        )
    if differs(output.outputs, subject.forward(decoder, batch).outputs).any():
        failed("asking for the ending changes the outputs")
    for row, length in enumerate(batch.lengths.tolist()):
        alone = subject.forward(decoder, batch.rows([row]).first(length), ending=True).ending
        for piece, own in zip(pieces or (), alone or (), strict=True):
            if differs(piece[row], own[0]).any():
                failed(f"the ending of an example of length {length} changes with its padding")
