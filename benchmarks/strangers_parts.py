"""Parts of a training as a stranger would write them: found, checked, trained, killed, resumed, evaluated, compared.

    python benchmarks/strangers_parts.py [PART ...]

Each file of benchmarks/strangers is a plugin of at most 60 lines. It is laid out as an installed project in a folder
outside the tree, found by its entry point, checked by the kit, and trained by a tiny recipe: once undisturbed, and once
killed with kill -9 after its first checkpoints and resumed. Weights must be equal to the last bit. Then it is evaluated
and compared with the recipe without it. Results go to benchmarks/results/strangers_parts.md.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

import torch
from common import processor
from safetensors.torch import load_file

PARTS = sorted((Path(__file__).parent / "strangers").glob("*.py"))
RESULTS = Path(__file__).parent / "results" / "strangers_parts.md"
STEPS, KILLED_AFTER = 24, 6
BASE = "cat-drums_2bar_tiny"
TINY = f"""\
base: {BASE}
data: {{source: {{type: demo, parts: drums, clips: 40}}, fallback: null}}
encoder: {{sizes: [16]}}
decoder: {{sizes: [16]}}
latent: {{size: 8}}
training: {{batch_size: 8, steps: {STEPS}, log_every: 2, eval_every: 8, checkpoint_every: 2, keep_checkpoints: 20}}
"""


def install(part: Path, folder: Path) -> None:
    """Lay a plugin out as pip would, and have it found."""
    module = f"gen_{part.stem}"
    (folder / module).mkdir(parents=True)
    (folder / module / "__init__.py").write_text(part.read_text())
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: gen-{part.stem}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[gen]\n{part.stem} = {module}\n")
    sys.path.insert(0, str(folder))


def forked(words: list[str], *, kill_in: Path | None = None) -> tuple[int, str]:
    """``gen`` in a process of its own, killed once a run has some checkpoints; its exit code and what it said."""
    from gen.cli import main

    with tempfile.TemporaryFile() as log:
        pid = os.fork()
        if pid == 0:
            for number in (1, 2):
                os.dup2(log.fileno(), number)
            code = 70
            with contextlib.suppress(BaseException):
                code = main(words)
            os._exit(code)
        if kill_in is not None:
            deadline = time.monotonic() + 120
            while not (kill_in / "checkpoints" / f"step-{KILLED_AFTER}").is_dir() and time.monotonic() < deadline:
                time.sleep(0.002)
            os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        log.seek(0)
        return code, log.read().decode()


def required(words: list[str]) -> str:
    """A command that ends well."""
    code, said = forked(words)
    assert code == 0, f"gen {' '.join(words)}: {said}"
    return said


def same(one: Path, other: Path) -> bool:
    """Whether two runs end with the same weights and the same state of training, bit for bit."""
    for name in ("model", "state"):
        a, b = (load_file(run / "checkpoints" / f"step-{STEPS}" / f"{name}.safetensors") for run in (one, other))
        if a.keys() != b.keys() or any(not torch.equal(a[key], b[key]) for key in a):
            return False
    return True


def tried(part: Path, folder: Path) -> dict[str, str]:
    """A row of the table."""
    import gen.testing

    module = import_module(f"gen_{part.stem}")
    classes = [cls for hook in dir(module) if hook.startswith("register_") for cls in getattr(module, hook)().values()]
    reports = [gen.testing.check_component(cls) for cls in classes]
    recipe = folder / f"{part.stem}.yaml"
    recipe.write_text(merged(module.RECIPE))
    quiet = ["--samples", "0", "--device", "cpu"]
    whole, stopped = folder / "whole" / part.stem, folder / "killed" / part.stem
    required(["train", str(recipe), "--out", str(whole), *quiet])
    code, _ = forked(["train", str(recipe), "--out", str(stopped), *quiet], kill_in=stopped)
    assert code == -signal.SIGKILL, "it ended before it was killed"
    assert not (stopped / "checkpoints" / f"step-{STEPS}").is_dir(), "it ended before it was killed"
    required(["train", "--resume", str(stopped), *quiet])
    evaluated = required(["eval", str(stopped), "--split", "train", "--limit", "16"])
    arms = [str(folder / "base.yaml"), str(recipe)]
    budget = ["--steps", "8", "--split", "train", "--limit", "8", "--device", "cpu"]
    required(["compare", *arms, *budget, "--out", str(folder / "compared" / part.stem)])
    told = all(name in evaluated for cls in classes for name in getattr(cls, "figures", ()))
    if (diary := whole / "diary.csv").is_file():
        told = diary.read_bytes() == (stopped / "diary.csv").read_bytes()
    failed = [each.name for report in reports for each in report.failures]
    return {
        "part": f"{part.stem}",
        "is": module.__doc__.split(":")[0].split(" (")[0].strip().rstrip("."),
        "lines": str(len(part.read_text().splitlines())),
        "kit": f"{sum(each.outcome == 'passed' for r in reports for each in r.results)} passed"
        + (f", failed {', '.join(failed)}" if failed else ""),
        "resumed after kill -9": "same bits" if same(whole, stopped) else "OTHER",
        "evaluated, compared": "yes" if told else "NO",
    }


def merged(own: str) -> str:
    """The tiny recipe with a part's own lines in it."""
    import yaml

    tree = yaml.safe_load(TINY)
    for key, value in yaml.safe_load(own).items():
        tree[key] = {**tree.get(key, {}), **value} if isinstance(value, dict) else value
    return yaml.safe_dump(tree, sort_keys=False)


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for part in PARTS:
            install(part, folder / "site" / part.stem)
        os.environ["GEN_CACHE_DIR"] = str(folder / "cache")
        (folder / "base.yaml").write_text(TINY)
        with contextlib.redirect_stderr(io.StringIO()):
            required(["train", str(folder / "base.yaml"), "--out", str(folder / "warm"), "--samples", "0"])
        rows = []
        for part in [each for each in PARTS if not sys.argv[1:] or each.stem in sys.argv[1:]]:
            rows.append(tried(part, folder))
            print(rows[-1], flush=True)
    lines = [
        "# Parts of a training by a stranger",
        "",
        f"`python benchmarks/strangers_parts.py`, {STEPS} steps of a tiny model of drums, killed after at least "
        f"{KILLED_AFTER}. {processor()}, torch {torch.__version__}. No line of gen was changed for any of them.",
        "",
        "| " + " | ".join(rows[0]) + " |",
        "|" + "---|" * len(rows[0]),
        *("| " + " | ".join(row.values()) + " |" for row in rows),
        "",
    ]
    RESULTS.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
