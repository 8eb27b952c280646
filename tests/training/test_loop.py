"""Losses by hand, and the training loop on a model of a few weights."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from assistant.errors import Cancelled, UserError  # noqa: E402
from assistant.training import modeling  # noqa: E402
from assistant.training.answer_objective import AnswerObjective, best_span  # noqa: E402
from assistant.training.answer_rows import draw, unanswerable  # noqa: E402
from assistant.training.features import IGNORE  # noqa: E402
from assistant.training.loop import train  # noqa: E402
from assistant.training.objectives import (  # noqa: E402
    EntityObjective,
    batches,
)
from assistant.training.recipe import DataSource, Recipe, TrainingParameters  # noqa: E402

MODELS = Path(__file__).resolve().parents[2] / "models"

# --- losses -------------------------------------------------------------------------------------------------------


def entity_loss(logits: list[list[float]], targets: list[int], allowed: list[bool]) -> float:
    objective = EntityObjective.__new__(EntityObjective)
    objective.model = lambda **_: SimpleNamespace(logits=torch.tensor([logits]))  # type: ignore[assignment]
    objective._open = torch.tensor([allowed])
    batch = {"inputs_embeds": None, "attention_mask": None}
    rows = {"targets": torch.tensor([targets]), "open": torch.tensor([0])}
    return float(objective.loss({**batch, **rows}))  # type: ignore[dict-item]


def test_marginal_loss_by_hand() -> None:
    # Probabilities of O, B-PERSON, I-PERSON, B-PRODUCT, I-PRODUCT.
    chances = [0.5, 0.2, 0.1, 0.15, 0.05]
    row = [math.log(chance) for chance in chances]
    every, unmarked = [True, False, False, False, False], [True, False, False, True, True]
    assert entity_loss([row], [0], every) == pytest.approx(-math.log(0.5))
    # "O" of a source that marks no products: O and both tags of PRODUCT may be right.
    assert entity_loss([row], [0], unmarked) == pytest.approx(-math.log(0.7))
    # A marked mention is what it is.
    assert entity_loss([row], [1], unmarked) == pytest.approx(-math.log(0.2))
    # Masked pieces do not count, not even in the mean.
    assert entity_loss([row, row, row], [IGNORE, 1, 0], every) == pytest.approx(-(math.log(0.2) + math.log(0.5)) / 2)


def test_answer_loss_by_hand() -> None:
    objective = AnswerObjective.__new__(AnswerObjective)
    starts, ends = torch.tensor([[1.0, 2.0, 9.0]]), torch.tensor([[0.0, 1.0, 9.0]])
    objective.model = lambda **_: SimpleNamespace(start_logits=starts, end_logits=ends)  # type: ignore[assignment]
    mask = torch.tensor([[1, 1, 0]])
    batch = {"inputs_embeds": mask, "attention_mask": mask, "start": torch.tensor([1]), "end": torch.tensor([0])}
    start, end = -math.log(math.exp(2) / (math.exp(1) + math.exp(2))), -math.log(1 / (1 + math.exp(1)))
    assert float(objective.loss(batch)) == pytest.approx((start + end) / 2)


def test_best_span_or_none() -> None:
    assert best_span(np.array([0, 5, 0], np.float32), np.array([0, 0, 4], np.float32)) == (1, 2)
    assert best_span(np.array([9, 5, 0], np.float32), np.array([9, 0, 4], np.float32)) == (0, 0)
    # An end before its start is no span.
    assert best_span(np.array([0, 0, 9], np.float32), np.array([0, 9, 1], np.float32)) == (2, 2)


def test_batches_hold_everything_once_and_keep_to_their_size() -> None:
    lengths = np.array([random.Random(1).randrange(3, 180) for _ in range(300)])
    made = batches(lengths, 512, random.Random(2))
    assert sorted(index for batch in made for index in batch) == list(range(300))
    for batch in made:
        widths = {-(-int(lengths[index]) // 32) for index in batch}
        assert len(widths) == 1
        assert len(batch) == 1 or len(batch) * widths.pop() * 32 <= 512
    assert made == batches(lengths, 512, random.Random(2))
    assert made != batches(lengths, 512, random.Random(3))


def test_a_limit_draws_the_same_rows_in_order() -> None:
    source = DataSource("f", "train", limit=5)
    rows = draw(list(range(100)), source, 13)
    assert len(rows) == 5
    assert rows == sorted(rows) == draw(list(range(100)), source, 13)
    assert draw([1, 2], source, 13) == [1, 2]


def test_questions_made_unanswerable_have_no_answer_in_their_context() -> None:
    from assistant.training.dataset import AnswerRow

    texts = [f"Number {number} lives in town{number}." for number in range(10)]
    rows = [
        AnswerRow(str(i), "train", "en", "s", "t", text, "Where?", ((0, f"town{i}"),)) for i, text in enumerate(texts)
    ]
    made = unanswerable(rows, 1.0, random.Random(1))
    assert made
    for row in made:
        assert row.answers == ()
        assert f"town{row.id}" not in row.context
    assert unanswerable(rows, 0.0, random.Random(1)) == []


# --- the loop -----------------------------------------------------------------------------------------------------


class Tiny:
    """Learns a linear map with dropout; epochs differ in their number of examples, as joined sentences make them."""

    def __init__(self, scores: Callable[[int], float] | None = None, rows: int = 24) -> None:
        torch.manual_seed(5)
        self.model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 1))
        generator = torch.Generator().manual_seed(6)
        self._inputs = torch.randn(64, 4, generator=generator)
        self._targets = self._inputs.sum(1, keepdim=True)
        self._scores, self._rows = scores, rows
        self.validated = 0
        self.seen: list[tuple[int, ...]] = []
        self.lengths = np.zeros(0, dtype=np.int64)

    def start_epoch(self, epoch: int) -> None:
        self.lengths = np.full(self._rows - 4 * (epoch % 2) if self._rows else 0, 32)

    def batch(self, indices: Any) -> Any:
        self.seen.append(tuple(indices))
        return {"x": self._inputs[indices], "y": self._targets[indices]}

    def loss(self, batch: Any) -> Any:
        return ((self.model(batch["x"]) - batch["y"]) ** 2).mean()

    def validate(self, check: Callable[[], None]) -> dict[str, float]:
        self.validated += 1
        if self._scores is not None:
            return {"score": self._scores(self.validated)}
        self.model.eval()
        with torch.inference_mode():
            return {"score": -float(((self.model(self._inputs) - self._targets) ** 2).mean())}


def recipe(**parameters: Any) -> Recipe:
    values = {"epochs": 3.0, "batch_tokens": 128, "precision": "fp32", "evaluations": 4, "threads": 1, **parameters}
    return Recipe("tiny", "entities", "1", (), train=TrainingParameters(**values))


def run(tiny: Tiny, folder: Path, made: Recipe, check: Callable[[], None] = lambda: None, **more: Any) -> Any:
    threads = torch.get_num_threads()
    try:
        return train(tiny, made, folder, on_step=lambda _: None, on_scores=lambda *_: None, check=check, **more)
    finally:
        torch.set_num_threads(threads)


def stop_after(count: int) -> Callable[[], None]:
    left = iter(range(count))

    def check() -> None:
        if next(left, None) is None:
            raise Cancelled

    return check


@pytest.mark.parametrize("steps", [1, 5, 6, 7, 12, 17])
def test_a_run_that_was_stopped_goes_on_as_if_nothing_had_been(tmp_path: Path, steps: int) -> None:
    whole = Tiny()
    (tmp_path / "whole").mkdir()
    expected = run(whole, tmp_path / "whole", recipe())
    assert expected.steps == 18
    first, second = Tiny(), Tiny()
    with pytest.raises(Cancelled):
        run(first, tmp_path, recipe(), stop_after(steps), checkpoint_every=0.0)
    assert len(first.seen) == steps
    result = run(second, tmp_path, recipe())
    assert first.seen + second.seen == whole.seen
    assert (result.steps, result.best_step, result.best) == (expected.steps, expected.best_step, expected.best)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, second.model.state_dict()[name]), name


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    expected = run(Tiny(), tmp_path, recipe())
    again = Tiny()
    result = run(again, tmp_path, recipe())
    assert again.seen == []
    assert (result.steps, result.best_step) == (expected.steps, expected.best_step)


def test_training_lowers_the_loss_and_keeps_the_best_state(tmp_path: Path) -> None:
    tiny = Tiny()
    before = tiny.validate(lambda: None)["score"]
    result = run(tiny, tmp_path, recipe(epochs=20.0, learning_rate=0.05, head_learning_rate=0.05, patience=50))
    assert result.best["score"] > before / 4
    assert tiny.validate(lambda: None)["score"] == pytest.approx(result.best["score"])
    assert result.best["score"] == max(entry["score"] for entry in result.history)


def test_training_stops_early_and_returns_to_the_best_step(tmp_path: Path) -> None:
    tiny = Tiny(scores=lambda call: {1: 0.1, 2: 0.9}.get(call, 0.5))
    result = run(tiny, tmp_path, recipe(epochs=50.0, evaluations=100, patience=3))
    assert tiny.validated == 5
    assert (result.best_step, result.best) == (6, {"score": 0.9})
    assert result.steps == 15
    # Told to go on, it knows that it had stopped.
    again = Tiny(scores=lambda call: 1.0)
    assert run(again, tmp_path, recipe(epochs=50.0, evaluations=100, patience=3)).best_step == 6
    assert again.seen == []


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no rows"):
        run(Tiny(rows=0), tmp_path, recipe())


def test_a_checkpoint_is_replaced_whole(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.tmp").write_bytes(b"half written when the machine went down")
    assert run(Tiny(), tmp_path, recipe()).steps == 18
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_batched_attention_gives_the_same_outputs_and_leaves_no_trace() -> None:
    model = modeling.load_span_extractor(MODELS / "base", dropout=0.0).eval()
    vectors = torch.randn(3, 40, 384, generator=torch.Generator().manual_seed(1)) * 0.1
    for lengths in ((40, 40, 40), (40, 17, 3)):
        mask = torch.tensor([[1] * length + [0] * (40 - length) for length in lengths])
        with torch.inference_mode():
            expected = model(inputs_embeds=vectors, attention_mask=mask).start_logits
            with modeling.batched_attention(model):
                found = model(inputs_embeds=vectors, attention_mask=mask).start_logits
            again = model(inputs_embeds=vectors, attention_mask=mask).start_logits
        kept = mask.bool()
        assert torch.allclose(found[kept], expected[kept], atol=1e-5)
        assert torch.equal(again, expected)


def test_a_shorter_encoder_keeps_the_first_layers() -> None:
    whole = modeling.load_encoder(MODELS / "base")
    short = modeling.load_token_classifier(MODELS / "base", ("O", "B-PERSON"), layers=4).bert
    assert len(short.encoder.layer) == 4
    for index in range(4):
        kept, given = short.encoder.layer[index].state_dict(), whole.encoder.layer[index].state_dict()
        assert all(torch.equal(kept[name], given[name]) for name in given)


def test_a_rare_document_type_counts_for_more_where_classes_are_weighed() -> None:
    from assistant.training.heads import ClassObjective

    def loss_of(label: int, weighed: bool) -> float:
        objective = ClassObjective.__new__(ClassObjective)
        objective.labels = ("common", "rare")
        objective.model = torch.nn.Linear(2, 2)
        torch.nn.init.zeros_(objective.model.weight)
        torch.nn.init.constant_(objective.model.bias, 0.0)
        objective._train = [(np.zeros(2, dtype=np.float32), name) for name in ["common"] * 9 + ["rare"]]
        objective.weights = objective._weigh() if weighed else None
        both = objective.loss({"inputs": torch.zeros(2, 2), "labels": torch.tensor([0, 1])})
        both.backward()
        return abs(float(objective.model.bias.grad[label]))

    assert loss_of(1, weighed=False) == pytest.approx(0.0, abs=1e-6), "both pull alike"
    assert loss_of(1, weighed=True) > 0.1, "the rare one pulls three times as much"
