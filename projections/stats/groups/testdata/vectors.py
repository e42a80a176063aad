"""Writes vectors.json: what NumPy and SciPy make of random conversations, by other ways than the package goes.

Components come from a singular value decomposition of the dense matrix with means in place of missing votes, the adjusted Rand index from the contingency
table, silhouettes from the full matrix of distances, groups from SciPy's k-means++ with 300 starts. Made with Python 3.11, NumPy 1.24.2, SciPy 1.10.1:

    python3 vectors.py > vectors.json
"""

import itertools
import json
import math

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.spatial.distance import cdist


def conversation(rng, people, statements, camps, seen, out):
    """People of each camp agree with a statement by a chance of the camp's own."""
    camp = rng.integers(0, camps, people)
    agree = rng.beta(0.4, 0.4, (camps, statements))
    votes = np.full((people, statements), np.nan)
    for i, j in itertools.product(range(people), range(statements)):
        if rng.random() < seen:
            votes[i, j] = 0 if rng.random() < 0.1 else (1 if rng.random() < agree[camp[i], j] else -1)
    moderated = np.zeros(statements, bool)
    moderated[rng.choice(statements, out, replace=False)] = True
    return votes, moderated


def select(votes):
    n = np.sum(~np.isnan(votes), axis=1)
    chosen = np.flatnonzero(n >= min(7, votes.shape[1]))
    if len(chosen) < 15:
        order = sorted((r for r in range(len(n)) if r not in set(chosen) and n[r] > 0), key=lambda r: -n[r])
        chosen = np.sort(np.concatenate([chosen, order[: 15 - len(chosen)]]).astype(int))
    return chosen


def place(votes, moderated):
    x = np.where(moderated, 0.0, votes)
    with np.errstate(all="ignore"):
        mean = np.array([np.mean(c[~np.isnan(c)]) if np.any(~np.isnan(c)) else 0.0 for c in x.T])
    centred = np.where(np.isnan(x), mean, x) - mean
    _, s, vt = np.linalg.svd(centred, full_matrices=False)
    components = vt[:2]
    components = np.array([c * np.sign(c[np.argmax(np.abs(c))]) for c in components])
    counted = np.sum(~np.isnan(x), axis=1)
    points = centred @ components.T * np.sqrt(x.shape[1] / np.maximum(counted, 1))[:, None]
    return mean, components, (s**2 / np.sum(s**2))[:2], s, points


def silhouette(points, label):
    d = cdist(points, points)
    each = []
    for i, own in enumerate(label):
        mine = (label == own) & (np.arange(len(label)) != i)
        if not mine.any():
            each.append(0.0)
            continue
        a = d[i][mine].mean()
        b = min(d[i][label == g].mean() for g in set(label) if g != own)
        each.append((b - a) / max(a, b))
    return float(np.mean(each)), float(np.std(each, ddof=1) / math.sqrt(len(each)))


def groups(rng, points, k):
    best = None
    for _ in range(300):
        centers, label = kmeans2(points, k, minit="++", seed=rng, iter=100)
        if len(set(label)) < k:
            continue
        sse = float(np.sum((points - centers[label]) ** 2))
        if best is None or sse < best[0] - 1e-12:
            best = (sse, label)
    return best


def named(label):
    order = sorted(set(label), key=lambda g: (-np.sum(label == g), int(np.flatnonzero(label == g)[0])))
    return np.array([order.index(g) for g in label])


def rand(a, b):
    table = np.array([[np.sum((a == x) & (b == y)) for y in sorted(set(b))] for x in sorted(set(a))])
    c2 = lambda n: n * (n - 1) / 2
    same, left, right, all_ = c2(table).sum(), c2(table.sum(1)).sum(), c2(table.sum(0)).sum(), c2(table.sum())
    return float((same - left * right / all_) / ((left + right) / 2 - left * right / all_))


def stand(votes, label, k):
    a = np.array([np.sum(votes[label == g] == 1, axis=0) for g in range(k)])
    d = np.array([np.sum(votes[label == g] == -1, axis=0) for g in range(k)])
    n = np.array([np.sum(~np.isnan(votes[label == g]), axis=0) for g in range(k)])
    informed = np.prod((a + 1) / (n + 2), axis=0)
    result = []
    for g in range(k):
        rest = [h for h in range(k) if h != g]
        row = []
        for s in range(votes.shape[1]):
            sides = []
            for x in (a, d):
                i, ni, o, no = x[g, s], n[g, s], x[rest, s].sum(), n[rest, s].sum()
                p = (i + o + 2) / (ni + no + 2)
                z = 0.0 if p == 1 else ((i + 1) / (ni + 1) - (o + 1) / (no + 1)) / math.sqrt(p * (1 - p) * (1 / (ni + 1) + 1 / (no + 1)))
                share = (i + 1) / (ni + 2)
                sides.append([share, 2 * math.sqrt(ni + 1) * ((i + 1) / (ni + 1) - 0.5), share / ((o + 1) / (no + 2)), z])
            row.append(sides)
        result.append(row)
    return informed.tolist(), result


def main():
    rng = np.random.default_rng(20)
    cases = []
    for people, statements, camps, seen, out in [(12, 8, 2, 0.9, 0), (20, 12, 2, 0.7, 2), (40, 15, 3, 0.8, 1), (60, 30, 2, 0.4, 3), (90, 24, 4, 0.9, 0), (150, 40, 3, 0.3, 5)]:
        while True:  # until a hundred iterations of another method come to the same components
            votes, moderated = conversation(rng, people, statements, camps, seen, out)
            chosen = select(votes)
            mean, components, explained, s, points = place(votes[chosen], moderated)
            if (s[1] / s[0]) ** 200 < 1e-12 and (s[2] / s[1]) ** 200 < 1e-12:
                break
        tried = []
        for k in range(2, min(5, 2 + len(chosen) // 12) + 1):
            sse, label = groups(rng, points, k)
            mean_s, error = silhouette(points, label)
            informed, standing = stand(votes[chosen], named(label), k)
            tried.append({"k": k, "sse": sse, "silhouette": mean_s, "error": error, "label": named(label).tolist(), "informed": informed, "repness": standing})
        first, second = np.array(tried[0]["label"]), np.array(tried[1]["label"])
        cases.append({
            "votes": [[int(i), int(j), int(votes[i, j])] for i, j in zip(*np.nonzero(~np.isnan(votes)))],
            "people": people, "statements": statements, "out": moderated.tolist(), "selected": chosen.tolist(), "mean": mean.tolist(),
            "components": components.tolist(), "explained": explained.tolist(), "points": points.tolist(), "tried": tried, "rand": rand(first, second),
        })
    print(json.dumps(cases, separators=(",", ":")))


main()
