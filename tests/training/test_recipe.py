"""Recipes are checked before anything is trained."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from assistant.errors import UserError
from assistant.paths import bundled
from assistant.training.recipe import Recipe

RECIPES = sorted(path for path in (bundled("models") / "recipes").glob("*.toml") if path.name != "base.toml")
MINIMAL = 'name = "m"\ntask = "entities"\nversion = "1"\nlabels = ["PERSON"]\n'
DATA = '[[data]]\nfile = "rows.jsonl"\nrole = "train"\n'


def load(folder: Path, text: str) -> Recipe:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return Recipe.load(path)


def code(folder: Path, text: str) -> tuple[str, str]:
    with pytest.raises(UserError) as caught:
        load(folder, text)
    return caught.value.code, str(caught.value)


# "unclear" in the data's README for their users' texts; their authors published them under CC BY 4.0, and issue 3
# ("Models worth trusting") lets them into weights where the card names them.
PUBLISHED = {
    "answers/squadshifts_amazon_reviews_en.jsonl.gz",
    "answers/squadshifts_new_wiki_en.jsonl.gz",
    "answers/squadshifts_reddit_en.jsonl.gz",
    "classes/mini_newsgroups_en.jsonl.gz",
}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_shipped_recipe_is_whole(path: Path) -> None:
    recipe = Recipe.load(path)
    # A recipe that another one goes on from keeps its version in its file's name.
    assert path.stem in (recipe.name, f"{recipe.name}-{recipe.version}")
    if recipe.start:
        kept = path.with_name(f"{recipe.start.replace('@', '-')}.toml")
        # Of a model that still ships the recipe is the one without a version in its name.
        earlier = Recipe.load(kept if kept.is_file() else path.with_name(f"{recipe.start.partition('@')[0]}.toml"))
        assert f"{earlier.name}@{earlier.version}" == recipe.start
    assert recipe.licence
    for role in ("train", "validation", "test"):
        assert recipe.sources(role), role
    assert all(source.licence for source in recipe.data)
    # The same file has the same hash wherever it is named.
    assert all(re.fullmatch("[0-9a-f]{64}", source.sha256) for source in recipe.data if source.file)
    assert len({(source.file, source.sha256) for source in recipe.data}) == len({source.file for source in recipe.data})
    # What is trained on is never what is measured.
    trained = {(source.name, split) for source in recipe.sources("train") for split in source.splits}
    tested = {(source.name, split) for source in recipe.sources("test") for split in source.splits}
    assert not trained & tested


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_files_of_every_shipped_recipe_are_there(path: Path, shared: Path) -> None:
    recipe = Recipe.load(path)
    recipe.verify(shared / "data")
    readme = (shared / "data" / "README.md").read_text(encoding="utf-8")
    rows: dict[str, str] = {}
    for line in readme.splitlines():
        if line.startswith("| ") and line.count("|") == 8:
            rows[line.split("|")[1].strip()] = line.split("|")[7].strip()
    for source in recipe.sources("train"):
        if source.generate:
            continue
        # Only what may be given away goes into weights, with its licence named.
        assert source.file in PUBLISHED or rows[source.file].startswith(("yes", "share-alike")), source.file
        assert source.licence


def test_at_least_the_shipped_tasks_have_recipes() -> None:
    assert {Recipe.load(path).task for path in RECIPES} >= {"entities", "answers", "summary"}


def test_unknown_and_missing_keys(tmp_path: Path) -> None:
    assert "novelty" in code(tmp_path, MINIMAL + "novelty = 1\n" + DATA)[1]
    assert code(tmp_path, MINIMAL + DATA + "novelty = 1\n")[0] == "usage"
    assert code(tmp_path, MINIMAL + "[train]\nnovelty = 1\n" + DATA)[0] == "usage"
    assert code(tmp_path, MINIMAL)[0] == "usage"
    assert code(tmp_path, DATA)[0] == "usage"
    assert code(tmp_path, "name = ")[0] == "usage"
    with pytest.raises(UserError) as caught:
        Recipe.load(tmp_path / "none.toml")
    assert caught.value.code == "data_missing"


def test_a_source_is_a_file_or_generated(tmp_path: Path) -> None:
    generated = '[[data]]\ngenerate = "clauses"\nlimit = 5\n'
    assert load(tmp_path, MINIMAL + generated).data[0].name == "clauses"
    load(tmp_path, MINIMAL + generated).verify(tmp_path)
    assert code(tmp_path, MINIMAL + generated + 'file = "rows.jsonl"\n')[0] == "usage"
    assert code(tmp_path, MINIMAL + '[[data]]\ngenerate = "clauses"\n')[0] == "usage"
    assert code(tmp_path, MINIMAL + '[[data]]\nrole = "train"\n')[0] == "usage"


def test_files_are_verified(tmp_path: Path) -> None:
    recipe = load(tmp_path, MINIMAL + DATA)
    with pytest.raises(UserError) as missing:
        recipe.verify(tmp_path)
    assert missing.value.code == "data_missing"
    (tmp_path / "rows.jsonl").write_text("{}\n", encoding="utf-8")
    recipe.verify(tmp_path)
    digest = hashlib.sha256(b"{}\n").hexdigest()
    load(tmp_path, MINIMAL + DATA + f'sha256 = "{digest}"\n').verify(tmp_path)
    with pytest.raises(UserError) as changed:
        load(tmp_path, MINIMAL + DATA + f'sha256 = "{"0" * 64}"\n').verify(tmp_path)
    assert changed.value.code == "data_changed"
    for part in (str(tmp_path / "rows.jsonl"), digest, "0" * 64):
        assert part in str(changed.value)
    # The second row's hash counts too, though the file is read once.
    twice = MINIMAL + DATA + f'sha256 = "{digest}"\n' + DATA + f'sha256 = "{"0" * 64}"\n'
    with pytest.raises(UserError) as second:
        load(tmp_path, twice).verify(tmp_path)
    assert second.value.code == "data_changed"


def test_written_as_json_it_is_the_same(tmp_path: Path) -> None:
    import json

    recipe = load(tmp_path, MINIMAL + "[train]\nepochs = 0.5\n" + DATA + 'splits = ["a", "b"]\n')
    assert Recipe.from_mapping(json.loads(recipe.to_json())) == recipe
