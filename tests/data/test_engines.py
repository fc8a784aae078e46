"""Engines: the same results in the same order from anywhere, and nothing lost with a worker that dies."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from engine_work import die_at_three, die_once, fail_at_three, fail_in_its_own_way, much_from, process_of, square

from gen.data.engines import Auto, Dask, Pool, Serial, _local_cluster
from gen.errors import DataError, UsageError

SUPPORT = Path(__file__).parents[1] / "support"


def dask() -> Dask:
    pytest.importorskip("distributed", reason="needs the extra [dask]")
    return Dask(workers=2)


ENGINES = {
    "serial": Serial,
    "pool": lambda: Pool(2),
    "auto": lambda: Auto(2),
    "dask": dask,
}
ANY_ENGINE = pytest.mark.parametrize("name", [pytest.param("dask", marks=pytest.mark.slow), "serial", "pool", "auto"])


@ANY_ENGINE
@pytest.mark.parametrize("count", [0, 1, 50])
def test_results_come_in_the_order_of_the_tasks(name, count):
    assert list(ENGINES[name]().map(square, iter(range(count)))) == [number**2 for number in range(count)]


@ANY_ENGINE
def test_tasks_are_drawn_as_they_are_needed(name):
    drawn = []

    def tasks():
        for number in itertools.count():
            drawn.append(number)
            yield number

    results = ENGINES[name]().map(square, tasks())
    assert [next(results) for _ in range(3)] == [0, 1, 4]
    assert len(drawn) < 50
    results.close() if hasattr(results, "close") else None


@ANY_ENGINE
def test_an_error_of_the_work_is_the_callers(name):
    results = ENGINES[name]().map(fail_at_three, iter(range(6)))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(LookupError, match="no three"):
        list(results)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pool", "dask"])
def test_the_tasks_of_a_worker_that_dies_are_done_again(name, tmp_path):
    tasks = [(number, str(tmp_path)) for number in range(20)]
    assert list(ENGINES[name]().map(die_once, iter(tasks))) == [number**2 for number in range(20)]
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pool", "dask"])
def test_a_task_that_kills_every_worker_is_an_error_after_what_came_before(name):
    results = ENGINES[name]().map(die_at_three, iter(range(6)))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(DataError, match="died"):
        list(results)


@pytest.mark.slow
def test_what_dask_stumbles_over_when_it_closes_hides_nothing(monkeypatch):
    distributed = pytest.importorskip("distributed", reason="needs the extra [dask]")
    close = distributed.LocalCluster.close

    def stumble(cluster, timeout=None):
        close(cluster, timeout)
        raise AssertionError("can only join a started process")

    monkeypatch.setattr(distributed.LocalCluster, "close", stumble)
    with pytest.raises(LookupError, match="no three here"):
        list(dask().map(fail_at_three, iter(range(6))))


@pytest.mark.slow
def test_a_worker_that_dies_in_the_middle_of_its_answer_is_noticed():
    with contextlib.suppress(DataError):  # or it was quicker than its end; what counts is that nobody waits for ever
        assert len(next(Pool(2).map(much_from, iter([3])))) == 64 << 20


def test_an_error_of_a_strangers_own_kind_arrives_as_what_it_says():
    with pytest.raises(RuntimeError, match="OwnError: 5 and 5"):
        list(Pool(2).map(fail_in_its_own_way, iter([5])))


def test_little_work_stays_in_this_process_and_much_does_not():
    few = set(Auto(2).map(process_of, iter(range(5))))
    many = set(Auto(2).map(process_of, iter(range(60))))
    assert few == {os.getpid()}
    assert os.getpid() not in many
    assert set(Auto(1).map(process_of, iter(range(60)))) == {os.getpid()}


@pytest.mark.slow
def test_no_scheduler_is_an_error_with_its_address():
    pytest.importorskip("distributed", reason="needs the extra [dask]")
    with pytest.raises(UsageError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
        list(Dask("tcp://127.0.0.1:9").map(square, iter(range(3))))


def test_a_cluster_whose_worker_dies_before_it_is_ready_is_started_again():
    tried = []

    def start(**options):
        tried.append(options)
        if len(tried) < 3:
            raise RuntimeError("Nanny failed to start.")
        return "cluster"

    assert _local_cluster(start, 2) == "cluster"
    tried[:] = []
    with pytest.raises(DataError, match=r"die before they are ready: never; try --engine pool"):
        _local_cluster(_raise_never, 2)


def _raise_never(**options):
    raise RuntimeError("never")


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"gen-music\[dask\]"):
        list(Dask().map(square, iter(range(3))))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_the_workers_of_a_killed_process_end_too(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import sys
            sys.path.insert(0, {str(SUPPORT)!r})
            from engine_work import process_of
            from gen.data.engines import Pool
            import itertools
            if __name__ == "__main__":
                for pid in Pool(2).map(process_of, itertools.count()):
                    print(pid, flush=True)
            """
        )
    )
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    workers = {int(process.stdout.readline()) for _ in range(20)}
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
