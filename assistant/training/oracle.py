"""Which sentences stand for a reference summary. Pure Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise


def oracle(sentences: Sequence[str], references: Sequence[str], most: int) -> list[int]:
    """0/1 labels of the sentences that, added greedily, best cover the references' words and word pairs (Nallapati
    et al.
    2017, "SummaRuNNer")."""
    wanted = Counter(term for reference in references for term in terms_of(reference))
    terms = [Counter(terms_of(sentence)) for sentence in sentences]
    sizes = [sum(counts.values()) for counts in terms]
    # Only what a reference says can be a hit, so the rest needs counting once.
    terms = [Counter({term: count for term, count in counts.items() if term in wanted}) for counts in terms]
    open_hits = Counter(wanted)
    total, hits, length = sum(wanted.values()), 0, 0
    chosen: set[int] = set()
    best = 0.0
    for _ in range(most):
        gains = []
        for index, counts in enumerate(terms):
            if index not in chosen and sizes[index]:
                more = sum(min(count, open_hits[term]) for term, count in counts.items())
                gains.append((2 * (hits + more) / (length + sizes[index] + total), index))
        if not gains or (top := max(gains))[0] <= best:
            break
        best, index = top
        chosen.add(index)
        hits += sum(min(count, open_hits[term]) for term, count in terms[index].items())
        length += sizes[index]
        open_hits -= terms[index]
    return [int(index in chosen) for index in range(len(sentences))]


def terms_of(text: str) -> list[str]:
    """Words and word pairs, in lower case."""
    words = [word.strip(".,;:!?()\"'").lower() for word in text.split()]
    return words + [f"{a} {b}" for a, b in pairwise(words)]
