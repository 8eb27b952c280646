"""The wizard's words: fixes, parameters, sides, sizes."""

from __future__ import annotations

from assistant.training.flow import PROVING, TOLERANCE, FixName, Interval, Preset, ResultState, Side
from ui.i18n import tr


def fix_title(fix: FixName) -> str:
    return {
        "label_more": tr("Label more"),
        "review": tr("Look at them"),
        "leave_out_classes": tr("Leave out"),
        "leave_out_documents": tr("Leave out"),
        "leave_out_rows": tr("Leave out"),
        "new_split": tr("Divide anew"),
        "class_weights": tr("Weigh the classes"),
        "open_document": tr("Open"),
    }[fix]


def side_title(side: Side) -> str:
    return {"train": tr("Learn"), "validation": tr("Check"), "test": tr("Test")}[side]


def preset_title(preset: Preset) -> str:
    return {"quick": tr("Quick"), "balanced": tr("Balanced"), "thorough": tr("Thorough")}[preset]


def preset_sentence(preset: Preset, task: str) -> str:
    if task in ("classification", "summary"):
        return {
            "quick": tr("Learns from few documents. Good for a first try."),
            "balanced": tr("Twice as long at the examples, and holds back more."),
            "thorough": tr("Small steps, many checks, and a curve that says whether more labels would help."),
        }[preset]
    return {
        "quick": tr("Trains the upper layers only. Good for a first try, and for few labels."),
        "balanced": tr("Trains deeper and rehearses more of what the model knows already."),
        "thorough": tr("Trains all layers, and measures whether more labels would help."),
    }[preset]


def parameter_title(name: str) -> str:
    names = {
        "start": tr("Go on from"),
        "epochs": tr("Epochs"),
        "learning_rate": tr("Learning rate"),
        "head_learning_rate": tr("Learning rate of the head"),
        "batch_tokens": tr("Pieces a batch"),
        "warmup": tr("Warm-up"),
        "weight_decay": tr("Weight decay"),
        "frozen_layers": tr("Frozen layers"),
        "lora_rank": tr("LoRA rank"),
        "class_weights": tr("Weigh the classes"),
        "replay": tr("Earlier examples"),
        "distillation": tr("Hold to the earlier model"),
        "augmentation": tr("Changed copies"),
        "adversarial": tr("Adversarial step"),
        "least_steps": tr("Least steps"),
        "patience": tr("Patience"),
        "evaluations": tr("Checks while training"),
        "seed": tr("Seed"),
        "precision": tr("Precision"),
        "threads": tr("Threads"),
        "learning_curve": tr("Learning curve"),
    }
    return names.get(name, name.replace("_", " ").capitalize())


def parameter_help(name: str) -> str:
    texts = {
        "start": tr(
            "The model that training starts from; “base” is the encoder alone. A folder is one of Transformers, with "
            "its own vocabulary."
        ),
        "epochs": tr("How often all examples are gone through."),
        "learning_rate": tr("How large each step is in the encoder's layers."),
        "head_learning_rate": tr("How large each step is in the layer that names the classes."),
        "batch_tokens": tr("How many pieces of words one step looks at, padding included."),
        "warmup": tr("The share of the steps in which the learning rate grows to its full size."),
        "weight_decay": tr("Pulls the weights towards zero, against learning by heart."),
        "frozen_layers": tr("Layers from below that stay as they are, of 12; of a model with six, half as many."),
        "lora_rank": tr("Trains small matrices beside the layers instead of them. 0: no LoRA."),
        "class_weights": tr("Rare classes count for more."),
        "replay": tr("Earlier examples for each of yours, so that old skills are kept."),
        "distillation": tr(
            "How much what the earlier model says of its own labels counts beside your examples. 0: not."
        ),
        "augmentation": tr("Share of the examples that are changed: capitals, noise of scans, divided lines."),
        "adversarial": tr("Length of the disturbing step on the embeddings (FGM). 0: none."),
        "least_steps": tr("Few examples are gone through more often, until so many steps were made."),
        "patience": tr("Training ends after so many checks without a better score."),
        "evaluations": tr("How often the score is measured while training."),
        "seed": tr("The same seed gives the same order of the examples."),
        "precision": tr("bf16 is quicker where the processor can do it; fp32 is exact."),
        "threads": tr("Threads of the trainer. 0: chosen by Docent, with room for the window."),
        "learning_curve": tr("Trains on 25, 50 and 75 % of the documents too, and says whether more labels help."),
    }
    return texts.get(name, "")


def minutes_text(minutes: float) -> str:
    """A guess, as rough as it is."""
    if minutes < 1:
        return tr("under a minute")
    if minutes < 90:
        return tr("about {n} min", n=round(minutes))
    return tr("about {n} h", n=f"{minutes / 60:.1f}")


def duration_text(seconds: float) -> str:
    if seconds < 60:
        return tr("{seconds} s", seconds=round(seconds))
    if seconds < 3600:
        return tr("{minutes} min {seconds} s", minutes=int(seconds // 60), seconds=round(seconds % 60))
    return tr("{hours} h {minutes} min", hours=int(seconds // 3600), minutes=round(seconds % 3600 / 60))


def size_text(size: int) -> str:
    if size < 1_000_000:
        return tr("{n} KB", n=max(1, round(size / 1000)))
    if size < 1_000_000_000:
        return tr("{n} MB", n=round(size / 1_000_000))
    return tr("{n} GB", n=f"{size / 1_000_000_000:.1f}")


def points_text(difference: float) -> str:
    """A difference of scores in points of a hundred, with its sign."""
    points = round(100 * difference, 1)
    if points == 0:
        return "0.0"
    return f"{'+' if points > 0 else '−'}{abs(points):.1f}"


def heading(result: ResultState) -> str:
    """What the comparison with the current model proves."""
    if result.verdict == "first":
        return tr("The first model of its kind, with nothing to compare it with")
    if result.verdict == "better":
        return tr("Better than the current model on the same held-out documents")
    difference = result.difference
    if result.verdict == "worse":
        if difference is not None and not worse_on_the_whole(difference):
            return tr("Worse at what the current model knows already")
        return tr("Worse than the current model on the same held-out documents")
    if difference is not None and difference.value > 0 and result.documents < PROVING:
        return tr("Better on the held-out documents, but they are too few to be sure")
    return tr("No clear difference from the current model on the same held-out documents")


def worse_on_the_whole(difference: Interval) -> bool:
    """Whether the headline figure says so, and not earlier skills alone."""
    return difference.high < 0 or difference.value < -TOLERANCE
