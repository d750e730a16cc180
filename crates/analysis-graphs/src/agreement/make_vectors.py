#!/usr/bin/env python3
"""Makes `vectors.json`: random codings, and the measures that other programs find for them.

    python3 -m venv venv && venv/bin/pip install krippendorff scikit-learn
    venv/bin/python crates/analysis-graphs/src/agreement/make_vectors.py

Alpha is that of the package `krippendorff`, kappa that of scikit-learn, the mean over all pairs of
coders where there are more than two. `null` is undefined.
"""
import itertools
import json
import math
import random
import warnings
from pathlib import Path

import krippendorff
import numpy
from sklearn.metrics import cohen_kappa_score

warnings.filterwarnings("ignore")
SEED = 20211020


def defined(value):
    return None if math.isnan(value) else float(value)


def alpha(ratings):
    """`ratings` has a list of categories or None for each message."""
    pairable = [r for r in ratings if 2 <= sum(c is not None for c in r)]
    if len({c for r in pairable for c in r if c is not None}) < 2:
        return None  # The package refuses these.
    data = numpy.array([[numpy.nan if c is None else c for c in r] for r in ratings]).T
    return defined(krippendorff.alpha(data, level_of_measurement="nominal"))


def kappa(ratings, n_coders):
    kappas = []
    for first, last in itertools.combinations(range(n_coders), 2):
        pairs = [(r[first], r[last]) for r in ratings if r[first] is not None and r[last] is not None]
        if not pairs:
            return None
        value = defined(cohen_kappa_score(*zip(*pairs)))
        if value is None:
            return None
        kappas.append(value)
    return sum(kappas) / len(kappas)


def percent(ratings):
    pairs = [p for r in ratings for p in itertools.combinations([c for c in r if c is not None], 2)]
    return 100 * sum(a == b for a, b in pairs) / len(pairs) if pairs else None


def measures(ratings, n_coders):
    return {"percent": percent(ratings), "kappa": kappa(ratings, n_coders), "alpha": alpha(ratings)}


def case(generator, n_coders, n_messages, n_codes, missing, multiple, agreeing):
    codings = []
    for _ in range(n_messages):
        truth = generator.randrange(n_codes)
        message = []
        for _ in range(n_coders):
            if generator.random() < missing:
                message.append(None)
                continue
            codes = {truth if generator.random() < agreeing else generator.randrange(n_codes)}
            while generator.random() < multiple:
                codes.add(generator.randrange(n_codes))
            message.append(sorted(codes))
        codings.append(message)
    compared = [m for m in codings if 2 <= sum(c is not None for c in m)]
    sets = sorted({tuple(c) for m in compared for c in m if c is not None})
    overall = [[None if c is None else sets.index(tuple(c)) for c in m] for m in compared]
    codes = sorted({code for codes in sets for code in codes})
    return {
        "n_coders": n_coders,
        "codings": codings,
        "overall": measures(overall, n_coders),
        "codes": {
            str(code): measures(
                [[None if c is None else int(code in c) for c in m] for m in compared], n_coders
            )
            for code in codes
        },
    }


def main():
    generator = random.Random(SEED)
    cases = [
        # coders, messages, codes, missing, several codes, agreeing
        case(generator, 2, 40, 4, 0.0, 0.0, 0.7),
        case(generator, 2, 40, 6, 0.0, 0.3, 0.8),
        case(generator, 2, 30, 3, 0.3, 0.0, 0.5),
        case(generator, 2, 30, 5, 0.2, 0.4, 0.6),
        case(generator, 2, 20, 2, 0.0, 0.0, 0.0),
        case(generator, 2, 20, 3, 0.0, 0.0, 1.0),
        case(generator, 2, 15, 1, 0.1, 0.0, 1.0),
        case(generator, 2, 12, 4, 0.95, 0.0, 0.5),
        case(generator, 3, 40, 4, 0.2, 0.2, 0.7),
        case(generator, 4, 30, 3, 0.4, 0.0, 0.6),
        case(generator, 3, 25, 8, 0.5, 0.5, 0.9),
        case(generator, 2, 0, 3, 0.0, 0.0, 0.5),
    ]
    for _ in range(12):
        cases.append(
            case(
                generator,
                generator.choice([2, 2, 2, 3]),
                generator.randrange(1, 30),
                generator.randrange(1, 7),
                generator.choice([0, 0.2, 0.6]),
                generator.choice([0, 0.3]),
                generator.random(),
            )
        )
    text = "[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n"
    Path(__file__).with_name("vectors.json").write_text(text)


if __name__ == "__main__":
    main()
