#!/usr/bin/env python3
"""Makes vectors.json: random counts with their classes by mapclassify 2.6.1 (pip install mapclassify)."""
import json
import random
import warnings

import numpy as np
from mapclassify import FisherJenks

warnings.simplefilter("ignore")
random.seed(5)
vectors = []
for case in range(300):
    highest = random.choice([6, 8, 12, 30, 200, 5000, 100000])
    counts = [random.choice([0, random.randint(0, highest), int(random.expovariate(1 / highest))])
              for _ in range(random.choice([6, 17, 18, 74]))]
    to_class = [count for count in counts if count]
    n_classes = min(5, len(set(to_class)))
    edges = [0]
    if n_classes == 1:
        edges.append(max(to_class))
    elif n_classes > 1:
        edges.extend(int(edge) for edge in FisherJenks(np.array(to_class), k=n_classes).bins)
    vectors.append([counts, edges])
with open(__file__.replace("make_vectors.py", "vectors.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(vector, separators=(",", ":")) for vector in vectors) + "\n]\n")
