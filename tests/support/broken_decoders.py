"""Decoders with one defect each, most of them from real re-implementations; and which check is there to find it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from honest_decoder import HonestDecoder
from torch import nn

from gen import DecoderOutput
from gen.interfaces import Flags, OneHot
from gen.nn import dropout
from gen_decoders.flat import FlatDecoder


class RefusesItsSizes(HonestDecoder):
    def __init__(self, *, output_depth: int, control_depth: int, latent_size: int) -> None:
        raise ValueError(f"output_depth must be 5, not {output_depth}")


class TimeMajor(HonestDecoder):
    def finished(self, raw):
        return raw.transpose(0, 1)


class DividesByNoSteps(HonestDecoder):
    def total(self, nats, valid):
        return self.masked(nats, valid) / valid.sum(1) * valid.sum(1)


class NoPredictions(HonestDecoder):
    def forward(self, *arguments, **options):
        output = super().forward(*arguments, **options)
        return DecoderOutput(output.loss, output.outputs, samples=output.samples)


class GlobalRandomNumbers(HonestDecoder):
    def hits(self, logits, temperature, generator):
        return super().hits(logits, temperature, None)


class RandomNumbersOfNumpy(HonestDecoder):
    def next(self, sample, target, step, feedback, generator):
        return sample if np.random.random() < feedback else target  # noqa: NPY002


class DropoutInEvaluation(HonestDecoder):
    def drop(self, x, generator):
        return dropout(x, self.rate, generator=generator)


class SeesItsTarget(HonestDecoder):
    """Nobody shifted the targets."""

    def heard(self, previous, targets, step):
        return targets[:, step]


class SeesWhatComes(HonestDecoder):
    """As attention without a mask, or a bidirectional network over the targets."""

    def heard(self, previous, targets, step):
        return previous + 0.1 * targets[:, step:].mean(1)


class SeesItsTargetInPieces(HonestDecoder):
    """By a comparison, so that no gradient tells."""

    def heard(self, previous, targets, step):
        return previous + (targets[:, step] > 0.5).float()


class BatchNormalisation(HonestDecoder):
    def __init__(self, *, output_depth: int, control_depth: int, latent_size: int) -> None:
        super().__init__(output_depth=output_depth, control_depth=control_depth, latent_size=latent_size)
        self.norm = nn.BatchNorm1d(latent_size)

    def latent(self, z):
        return self.norm(z)


class SubtractsTheMeanOfTheBatch(HonestDecoder):
    def latent(self, z):
        return z - z.mean(0)


class CountsPadding(HonestDecoder):
    def total(self, nats, valid):
        return nats.sum(1)


class CountsPaddingInItsMetrics(HonestDecoder):
    def forward(self, targets, lengths, z, controls=None, **options):
        output = super().forward(targets, lengths, z, controls, **options)
        error = self.nats(output.outputs, targets).sum(1).detach()
        return DecoderOutput(
            output.loss, output.outputs, output.samples, output.predictions, {"error": error}, output.counts
        )


class ForgetsItsState(HonestDecoder):
    def say(self, previous, z, control, state, generator):
        return super().say(previous, z, control, self.start(z), generator)


class IgnoresZ(HonestDecoder):
    def latent(self, z):
        return z * 0.0


class IgnoresControls(HonestDecoder):
    def control(self, controls, step):
        return None if controls is None else torch.zeros_like(controls[:, step])


class HearsTheFirstTargetInFreeRunning(HonestDecoder):
    def next(self, sample, target, step, feedback, generator):
        return target if step == 0 else super().next(sample, target, step, feedback, generator)


class IgnoresTheTemperature(HonestDecoder):
    def hits(self, logits, temperature, generator):
        return super().hits(logits, 1.0, generator) if generator is not None else super().hits(logits, 0.0, None)


class MultipliesByTheTemperature(HonestDecoder):
    def hits(self, logits, temperature, generator):
        return super().hits(logits, 1 / temperature if temperature else 0.0, generator)


class NeverDraws(HonestDecoder):
    def hits(self, logits, temperature, generator):
        return super().hits(logits, 0.0, generator)


class SaysOneStepLate(HonestDecoder):
    def sample(self, z, steps, **options):
        said = super().sample(z, steps, **options)
        return torch.cat([torch.zeros_like(said[:, :1]), said[:, :-1]], dim=1)


class SamplesWithTheControlOfTheStepBefore(HonestDecoder):
    def sample(self, z, steps, *, controls=None, **options):
        return super().sample(z, steps, controls=None if controls is None else controls.roll(1, 1), **options)


class StartsSamplingFromNothing(HonestDecoder):
    """The initial state comes from z in training only."""

    def sample(self, z, steps, **options):
        self.start, start = lambda z: torch.zeros_like(start(z)), self.start
        try:
            return super().sample(z, steps, **options)
        finally:
            self.start = start


class SwapsVelocitiesAndOffsets(HonestDecoder):
    def draw(self, raw, temperature, generator):
        hits, velocities, offsets = super().draw(raw, temperature, generator).chunk(3, dim=-1)
        return torch.cat([hits, offsets, velocities], dim=-1)


class ForgetsTheOffsetsInItsLoss(HonestDecoder):
    def nats(self, raw, targets):
        return self.columns(raw, targets)[..., : 2 * self.output_depth // 3].sum(-1)


class SaysItsHitsBackwards(HonestDecoder):
    def hits(self, logits, temperature, generator):
        return super().hits(logits, temperature, generator).flip(-1)


class MeansOverColumns(HonestDecoder):
    def nats(self, raw, targets):
        return self.columns(raw, targets).mean(-1)


class LossInBits(HonestDecoder):
    def total(self, nats, valid):
        return super().total(nats, valid) / math.log(2)


class RewardsErrors(HonestDecoder):
    def columns(self, raw, targets):
        hits, rest = super().columns(raw, targets).split([raw.shape[-1] // 3, 2 * raw.shape[-1] // 3], dim=-1)
        return torch.cat([-hits, rest], dim=-1)


class DrawsAtTwiceTheTemperature(HonestDecoder):
    def hits(self, logits, temperature, generator):
        return super().hits(logits, 2 * temperature, generator)


class MeansOverSteps(HonestDecoder):
    def total(self, nats, valid):
        return self.masked(nats, valid) / valid.sum(1).clamp(min=1)


class FrozenProjection(HonestDecoder):
    def project(self, state):
        return nn.functional.linear(state, self.projection.weight.detach(), self.projection.bias)


class AnUnusedLayer(HonestDecoder):
    def __init__(self, *, output_depth: int, control_depth: int, latent_size: int) -> None:
        super().__init__(output_depth=output_depth, control_depth=control_depth, latent_size=latent_size)
        self.forgotten = nn.Linear(3, 3)


class _Reversed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return -gradient


class ReversesItsGradient(HonestDecoder):
    def total(self, nats, valid):
        return _Reversed.apply(super().total(nats, valid))


class KeepsAWeightToItself(HonestDecoder):
    def __init__(self, *, output_depth: int, control_depth: int, latent_size: int) -> None:
        super().__init__(output_depth=output_depth, control_depth=control_depth, latent_size=latent_size)
        self.bias = torch.randn(output_depth)

    def project(self, state):
        return self.projection(state) + self.bias


class MixesPrecisions(HonestDecoder):
    def project(self, state):
        raw = self.projection(state)
        index = torch.arange(raw.shape[-1], device=raw.device).expand_as(raw)
        return torch.zeros(raw.shape, device=raw.device).scatter_add(-1, index, raw)


class StepsWithoutControls(FlatDecoder):
    def step(self, previous, z, control, states):
        return super().step(previous, z, torch.zeros_like(control), states)


class StartsSamplingFromZeros(FlatDecoder):
    def sample(self, z, steps, *, start=None, **options):
        return super().sample(z, steps, **options)


class EndsWithThePadding(FlatDecoder):
    def forward(self, targets, lengths, z, controls=None, *, ending=False, **options):
        whole = torch.full_like(lengths, targets.shape[1])
        output = super().forward(targets, lengths, z, controls, **options)
        states = super().forward(targets, whole, z, controls, ending=ending, **options).ending
        return DecoderOutput(**{**vars(output), "ending": states})


class StartsOnTheCpu(HonestDecoder):
    def start(self, z):
        return super().start(z) + torch.zeros(len(z), 1)


class SamplesOnTheCpu(HonestDecoder):
    def sample(self, z, steps, **options):
        said = super().sample(z, steps, **options)
        return torch.cat([said[:, :1], torch.ones(said[:, 1:].shape) * said[:, 1:]], dim=1)


class ViewsItsTargets(HonestDecoder):
    def forward(self, targets, *arguments, **options):
        return super().forward(targets.view(len(targets), -1).view(targets.shape), *arguments, **options)


class WritesToZ(HonestDecoder):
    def latent(self, z):
        return z.clamp_(-1.0, 1.0)


class DropsTargetsInPlace(HonestDecoder):
    """As word dropout does that forgets to copy; in training alone."""

    def heard(self, previous, targets, step):
        if self.training:
            targets[:, step] *= 0.5
        return previous


class SamplesInEvaluation(HonestDecoder):
    def sample(self, z, steps, **options):
        self.eval()
        return super().sample(z, steps, **options)


class SwitchesGradientsOff(HonestDecoder):
    def sample(self, z, steps, **options):
        torch.set_grad_enabled(False)
        return super().sample(z, steps, **options)


class GoesOnWhereItStopped(HonestDecoder):
    def start(self, z):
        before = getattr(self, "state", None)
        return super().start(z) if before is None or len(before) != len(z) else before

    def say(self, *arguments):
        raw, state = super().say(*arguments)
        self.state = state.detach()
        return raw, state


class KeepsTheFirstControls(HonestDecoder):
    """A cache that is never emptied."""

    def control(self, controls, step):
        self.cache = getattr(self, "cache", controls)
        return super().control(self.cache, step)


class HearsTheFirstZ(HonestDecoder):
    def latent(self, z):
        return z[:1].expand_as(z)


class DrawsOnceForTheBatch(HonestDecoder):
    def next(self, sample, target, step, feedback, generator):
        return torch.where(torch.rand(1, device=target.device, generator=generator) < feedback, sample, target)


class DrawsOnceForTheExample(HonestDecoder):
    def next(self, sample, target, step, feedback, generator):
        if step == 0:
            self.own = torch.rand(len(target), 1, device=target.device, generator=generator) < feedback
        return torch.where(self.own, sample, target)


class SquaresItsFeedback(HonestDecoder):
    def next(self, sample, target, step, feedback, generator):
        return super().next(sample, target, step, feedback * feedback, generator)


class DividesTwiceByTheTemperature(HonestDecoder):
    def hits(self, logits, temperature, generator):
        return super().hits(logits, temperature * temperature, generator)


class KnowsNoHalfTemperature(HonestDecoder):
    def hits(self, logits, temperature, generator):
        return super().hits(logits, temperature if temperature >= 1 else 0.0, generator)


class CountsOtherSteps(HonestDecoder):
    def forward(self, targets, lengths, z, controls=None, **options):
        output = super().forward(targets, lengths, z, controls, **options)
        if output.predictions is None:
            return output
        valid = torch.arange(targets.shape[1], device=targets.device) < lengths[:, None]
        late = torch.cat([torch.zeros_like(targets[:, :1]), output.predictions[:, :-1]], 1)
        right = ((late - targets).abs().amax(-1) < 1e-3) & valid
        return replace(output, sums={"accuracy": right.sum(1).float()}, counts={"accuracy": valid.sum(1).float()})


class KnowsFewPlaces(HonestDecoder):
    def __init__(self, *, output_depth: int, control_depth: int, latent_size: int) -> None:
        super().__init__(output_depth=output_depth, control_depth=control_depth, latent_size=latent_size)
        self.places = nn.Parameter(torch.zeros(64, control_depth))

    def control(self, controls, step):
        return super().control(controls, step) + self.places[step]


class MultipliesChances(HonestDecoder):
    def total(self, nats, valid):
        return -self.masked(nats, valid).neg().exp().log()


class SinglePrecision(HonestDecoder):
    def start(self, z):
        return super().start(z.float())


class TakesAnyFields(FlatDecoder):
    def require_fields(self, fields):
        """Nothing: it is said to be checked elsewhere."""


class AnswersInsteadOfRefusing(FlatDecoder):
    def require_fields(self, fields):
        return not any(isinstance(field, Flags) for field in fields)


class RefusesItsOwnFields(HonestDecoder):
    def require_fields(self, fields):
        if any(isinstance(field, (Flags, OneHot)) for field in fields):
            raise ValueError("it says hits, velocities and offsets")


class WantsToBeTold(FlatDecoder):
    def require_fields(self, fields):
        if not isinstance(fields[0], OneHot) or len(fields) > 1:
            raise ValueError("it says one class a step")


INTENDED = {
    TakesAnyFields: "says-fields",
    RefusesItsOwnFields: "says-fields",
    WritesToZ: "inputs-untouched",
    DropsTargetsInPlace: "inputs-untouched",
    SamplesInEvaluation: "mode",
    SwitchesGradientsOff: "mode",
    GoesOnWhereItStopped: "forgets",
    KeepsTheFirstControls: "forgets",
    HearsTheFirstZ: "batch-mates",
    DrawsOnceForTheBatch: "feedback-share",
    DrawsOnceForTheExample: "feedback-share",
    SquaresItsFeedback: "feedback-share",
    DividesTwiceByTheTemperature: "half-temperature",
    KnowsNoHalfTemperature: "half-temperature",
    CountsOtherSteps: "metrics",
    KnowsFewPlaces: "long-sequences",
    MultipliesChances: "long-sequences",
    SinglePrecision: "float64",
    ViewsItsTargets: "strides",
    RefusesItsSizes: "constructs",
    TimeMajor: "shapes",
    DividesByNoSteps: "shapes",
    NoPredictions: "shapes",
    GlobalRandomNumbers: "determinism",
    RandomNumbersOfNumpy: "determinism",
    DropoutInEvaluation: "evaluation",
    SeesItsTarget: "target-leak",
    SeesWhatComes: "target-leak",
    SeesItsTargetInPieces: "target-leak",
    BatchNormalisation: "batch-mates",
    SubtractsTheMeanOfTheBatch: "batch-mates",
    CountsPadding: "padding",
    CountsPaddingInItsMetrics: "padding",
    ForgetsItsState: "state-flow",
    IgnoresZ: "uses-z",
    IgnoresControls: "uses-controls",
    HearsTheFirstTargetInFreeRunning: "feedback",
    IgnoresTheTemperature: "temperature",
    MultipliesByTheTemperature: "temperature",
    NeverDraws: "temperature",
    SaysOneStepLate: "agreement",
    SamplesWithTheControlOfTheStepBefore: "agreement",
    StartsSamplingFromNothing: "agreement",
    SwapsVelocitiesAndOffsets: "channel-order",
    ForgetsTheOffsetsInItsLoss: "channel-order",
    SaysItsHitsBackwards: "loss-in-nats",
    MeansOverColumns: "loss-in-nats",
    LossInBits: "loss-in-nats",
    RewardsErrors: "loss-in-nats",
    DrawsAtTwiceTheTemperature: "loss-in-nats",
    MeansOverSteps: "loss-summed",
    FrozenProjection: "gradients",
    AnUnusedLayer: "gradients",
    ReversesItsGradient: "learns",
    KeepsAWeightToItself: "save-load",
    MixesPrecisions: "bfloat16",
    StartsOnTheCpu: "device",
    SamplesOnTheCpu: "device",
    StepsWithoutControls: "stepwise",
    StartsSamplingFromZeros: "segments",
    EndsWithThePadding: "segments",
}
"""Each broken decoder, and the check that must fail, alone."""
