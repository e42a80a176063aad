"""Makes vectors.json: random inputs and what independent implementations say of them.

    python3 testdata/vectors.py > testdata/vectors.json

Needs Python with NumPy, SciPy, statsmodels and mpmath, and R (base) for the functions that ask it; their versions stand in the file. What no library has
(Schulze, Borda, representativeness, Krippendorff, DRI, raking with trimming, xoshiro256**) is written here again in another way than in Go: paths by
enumeration, coincidence matrices, arrays of people instead of cells, fractions. The seed is fixed, so that the same versions make the same file.
"""
import hashlib, itertools, json, math, subprocess, sys
from fractions import Fraction
import numpy as np, scipy, scipy.stats as ss, statsmodels, mpmath
from scipy.spatial.distance import jensenshannon
from statsmodels.stats.proportion import proportion_confint, confint_proportions_2indep, proportions_ztest
from statsmodels.stats.contingency_tables import SquareTable, mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.inter_rater import cohens_kappa

rng = np.random.default_rng(72)
mpmath.mp.dps = 40
ints = lambda lo, hi, *n: rng.integers(lo, hi + 1, n or None).tolist()
Z = 1.959963984540054


def R(code):
    """Numbers that R prints."""
    out = subprocess.run(["Rscript", "--vanilla", "-e", "options(digits=17); cat(%s, sep='\\n')" % code], capture_output=True, text=True, check=True).stdout
    return [float(x) for x in out.split()]


def vec(x):
    return "c(" + ",".join(map(str, x)) + ")"


out = {"versions": {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__,
                    "mpmath": mpmath.__version__, "R": subprocess.run(["Rscript", "-e", "cat(paste(R.version$major, R.version$minor, sep='.'))"], capture_output=True, text=True).stdout}}

# special functions: mpmath with 40 digits
f = float
xs = [1e-300, 1e-12, 0.001, 0.1, 0.25, 0.5, 0.7, 0.70711, 1, 1.0000001, 1.5, 2, 2.718281828, 3, 7.25, 10, 100, 1234.5, 1e10, 1e300]
out["log"] = [[x, f(mpmath.log(x)), f(mpmath.log(x, 2))] for x in xs]
out["exp"] = [[x, f(mpmath.exp(x))] for x in [-700, -300.25, -50, -10.1, -1, -0.5, -1e-9, 0, 1e-9, 0.3, 0.5, 1, 2.5, 10, 33.3, 400, 709.5]]
out["loggamma"] = [[x, f(mpmath.loggamma(mpmath.mpf(x)))] for x in [0.5, 1, 1.5, 2, 3.7, 4.5, 10, 14.9, 15, 36, 100.5, 1e4]]
out["normal"] = [[z, f(mpmath.erfc(mpmath.mpf(z) / mpmath.sqrt(2)) / 2)] for z in [-8, -3.2, -1, -0.1, 0, 0.01, 0.5, 1, 1.4142, 1.96, 3, 5, 8, 12, 30]]
out["normalquantile"] = [[p, float(ss.norm.ppf(p))] for p in [1e-200, 1e-30, 1e-12, 1e-5, 0.001, 0.025, 0.05, 0.0749, 0.0751, 0.3, 0.5, 0.7, 0.9, 0.975, 0.995, 0.99999]]
out["chisquared"] = [[x, d, f(mpmath.gammainc(mpmath.mpf(d) / 2, mpmath.mpf(x) / 2, regularized=True))] for x in [0.001, 0.5, 1, 3.618, 9.79, 25, 80, 300] for d in [1, 2, 3, 5, 10, 71]]
out["student"] = [[t, d, f(mpmath.betainc(mpmath.mpf(d) / 2, 0.5, 0, d / (d + mpmath.mpf(t) ** 2), regularized=True) / 2)] for t in [0.01, 0.5, 1, 2.262, 3, 10] for d in [1, 2, 9, 50, 999]]
out["studentquantile"] = [[p, d] + R("qt(%r,%d)" % (p, d)) for p in [0.6, 0.95, 0.975, 0.995] for d in [1, 2, 9, 99, 5000]]

# shares
out["wilson"] = [[k, n] + [float(v) for v in proportion_confint(k, n, method="wilson")] for n in ints(1, 400, 12) for k in [int(rng.integers(0, n + 1))]]
out["newcombe"], out["twoproportions"] = [], []
for _ in range(12):
    a, b = ints(2, 200, 2)
    x, y = int(rng.integers(0, a + 1)), int(rng.integers(0, b + 1))
    out["newcombe"].append([x, a, y, b] + [float(v) for v in confint_proportions_2indep(x, a, y, b, method="newcomb", compare="diff", correction=False)])
    if 0 < x + y < a + b:
        out["twoproportions"].append([x, a, y, b] + [float(v) for v in proportions_ztest([x, y], [a, b])])

# tables: mean squares from R's aov; linearised variance person by person
out["cluster"] = []
for _ in range(6):
    tables = [(int(rng.binomial(n, p)), int(n)) for n, p in zip(ints(1, 9, 12), rng.beta(2, 2, 12))]
    y, g = [], []
    for t, (k, n) in enumerate(tables):
        y += [1] * k + [0] * (n - k)
        g += [t] * n
    msb, msw = R("summary(aov(%s ~ factor(%s)))[[1]][['Mean Sq']]" % (vec(y), vec(g)))
    y, g = np.array(y, float), np.array(g)
    N, T = len(y), len(tables)
    n0 = (N - sum(n * n for _, n in tables) / N) / (T - 1)
    icc = (msb - msw) / (msb + (n0 - 1) * msw)
    deff = 1 + (N / T - 1) * max(icc, 0)
    e = y - y.mean()
    v = T / (T - 1) * sum(e[g == t].sum() ** 2 for t in range(T)) / N**2
    lo, hi = proportion_confint(y.mean() * N / deff, N / deff, method="wilson")
    out["cluster"].append({"tables": tables, "n0": n0, "icc": icc, "deff": deff, "variance": v, "low": float(lo), "high": float(hi)})

# countries
out["estimates"] = []
for _ in range(6):
    c = [(int(rng.integers(1, n)), int(n), int(p)) for n, p in zip(ints(20, 150, 7), rng.integers(1, 10**9, 7))]
    k, n, pop = (np.array(v, float) for v in zip(*c))
    p = k / n
    row = {"countries": c, "pooled": k.sum() / n.sum()}
    for name, w in [("equal", np.full(7, 1 / 7)), ("population", pop / pop.sum())]:
        se = math.sqrt((w**2 * p * (1 - p) / n).sum())
        row[name] = [float(w @ p), se, float(w @ p) - Z * se, float(w @ p) + Z * se]
    out["estimates"].append(row)

# raking: a contingency array by iterative proportional fitting, with trimming of the weights
out["rake"] = []
while len(out["rake"]) < 6:
    shape = (2, 3, 4)
    n = rng.poisson(rng.gamma(0.6, 6, shape))
    t = [rng.dirichlet(np.full(s, 4)) for s in shape]
    if any((n.sum(tuple(j for j in range(3) if j != d)) == 0).any() for d in range(3)):
        continue

    def ipf(w):
        for _ in range(1000):
            for d in range(3):
                m = (w * n).sum(tuple(j for j in range(3) if j != d)) / n.sum()
                w = w * (t[d] / m).reshape([-1 if j == d else 1 for j in range(3)])
            if max(np.abs((w * n).sum(tuple(j for j in range(3) if j != d)) / n.sum() - t[d]).max() for d in range(3)) < 1e-12:
                return w
        return None
    w = ipf(np.ones(shape))
    if w is None:
        continue
    cut = np.clip(w, 0.2, 5)
    mass = (np.abs(w - cut) * n).sum() / n.sum()
    if mass > 0:
        w = ipf(cut)
    if w is None or len(out["rake"]) >= 3 and mass == 0:
        continue
    out["rake"].append({"bases": n.ravel().tolist(), "targets": [x.tolist() for x in t], "weights": np.where(n > 0, w, 0).ravel().tolist(), "mass": float(mass),
                        "effective": float((w * n).sum() ** 2 / (w**2 * n).sum())})

# representativeness: fractions; chi-squared by SciPy
out["represent"] = []
for _ in range(8):
    k = int(rng.integers(2, 8))
    q, c = ints(1, 1000, k), ints(0, 40, k)
    n = sum(c)
    s, qq = [Fraction(x, n) for x in c], [Fraction(x, sum(q)) for x in q]
    seats = [int(n * x) for x in qq]
    for i in sorted(range(k), key=lambda i: (-(n * qq[i] - seats[i]), i))[: n - sum(seats)]:
        seats[i] += 1
    G = lambda s: 1 - sum(abs(a - b) for a, b in zip(s, qq)) / 2
    d = [a / b for a, b in zip(s, qq)]
    big = [i for i in range(k) if qq[i] > Fraction(1, n)]
    x, p = ss.chisquare(c, [float(n * v) for v in qq])
    out["represent"].append({"counts": c, "population": q, "gri": float(G(s)), "rscore": float(min(d) / max(d)), "coverage": sum(c[i] > 0 for i in big) / len(big),
                             "chi": float(x), "p": float(p), "seats": seats, "best": float(G([Fraction(x, n) for x in seats]))})

# rankings: each ballot one by one; strongest paths by enumeration of all simple paths
out["rank"] = []
for _ in range(10):
    m = int(rng.integers(2, 6))
    ballots = [rng.permutation(m)[: int(rng.integers(1, m + 1))].tolist() for _ in range(int(rng.integers(1, 25)))]
    place = lambda b, o: b.index(o) if o in b else m
    d = [[sum(place(b, i) < place(b, j) for b in ballots) for j in range(m)] for i in range(m)]

    def strongest(i, j):
        best = 0
        for r in range(m - 1):
            for via in itertools.permutations([o for o in range(m) if o not in (i, j)], r):
                path = [i, *via, j]
                links = [(d[a][b] if d[a][b] > d[b][a] else 0) for a, b in zip(path, path[1:])]
                best = max(best, min(links))
        return best
    P = [[0 if i == j else strongest(i, j) for j in range(m)] for i in range(m)]
    left, levels = set(range(m)), []
    while left:
        level = sorted(i for i in left if all(P[j][i] <= P[i][j] for j in left))
        levels.append(level)
        left -= set(level)
    borda = [sum(Fraction(m - 1 - b.index(o)) if o in b else Fraction(sum(range(m - len(b))), m - len(b)) for b in ballots) for o in range(m)]
    cond = [i for i in range(m) if all(d[i][j] > d[j][i] for j in range(m) if j != i)]
    out["rank"].append({"options": m, "ballots": ballots, "pairwise": d, "strengths": P, "levels": levels, "average": [float(x) for x in borda], "condorcet": cond[0] if cond else -1})

# change
out["transition"] = []
for _ in range(10):
    k = int(rng.integers(2, 6))
    t = rng.poisson(rng.gamma(1, 8, (k, k))) + 1
    r = SquareTable(t, shift_zeros=False).homogeneity(method="stuart_maxwell")
    out["transition"].append({"table": t.tolist(), "gross": float(1 - np.trace(t) / t.sum()), "net": float(np.abs(t.sum(1) - t.sum(0)).sum() / 2 / t.sum()), "statistic": float(r.statistic), "df": int(r.df), "p": float(r.pvalue)})
out["mcnemar"] = []
for b, c in [(15, 5), (0, 3), (7, 7), (1, 0), (12, 11), (3, 20), (30, 18), (100, 140)]:
    t = np.array([[9, b], [c, 9]])
    r = [mcnemar(t, exact=False, correction=False), mcnemar(t, exact=False, correction=True), mcnemar(t, exact=True)]
    out["mcnemar"].append([b, c, float(r[0].statistic), float(r[0].pvalue), float(r[1].statistic), float(r[1].pvalue), float(r[2].pvalue)])
out["paired"] = []
for n in [5, 12, 40, 100]:
    a = ints(0, 10, n)
    b = [min(10, max(0, x + int(e))) for x, e in zip(a, rng.normal(0.4, 2, n).round())]
    r = R("{x<-t.test(%s,%s,paired=TRUE);c(x$statistic,x$p.value,x$conf.int)}" % (vec(b), vec(a)))
    w = ss.wilcoxon(b, a, zero_method="wilcox", correction=False, mode="approx")
    rw = R("suppressWarnings(wilcox.test(%s,%s,paired=TRUE,exact=FALSE,correct=FALSE))$p.value" % (vec(b), vec(a)))
    assert abs(rw[0] - w.pvalue) < 1e-12
    out["paired"].append({"pre": a, "post": b, "t": r[0], "p": r[1], "low": r[2], "high": r[3], "sd": float(np.std(np.subtract(b, a), ddof=1)), "ratio": float(np.var(b) / np.var(a)), "wilcoxon": float(w.pvalue)})
out["benjamini"] = []
for n in [1, 5, 20]:
    p = (rng.random(n) ** 2).round(4).tolist()
    out["benjamini"].append({"p": p, "adjusted": multipletests(p, method="fdr_bh")[1].tolist(), "r": R("p.adjust(%s,'BH')" % vec(p))})
out["dri"] = []
for n, m, k in [(3, 6, 4), (12, 20, 6), (25, 31, 7)]:
    c, q = ints(1, 11, n, m), [(rng.permutation(k) + 1).tolist() for _ in range(n)]
    d = [abs(ss.spearmanr(c[i], c[j])[0] - ss.spearmanr(q[i], q[j])[0]) / math.sqrt(2) for i in range(n) for j in range(i)]
    lam = 1 - math.sqrt(2) / 2
    out["dri"].append({"considerations": c, "preferences": q, "dri": 2 * ((1 - float(np.mean(d))) - lam) / (1 - lam) - 1})
out["spearman"] = [{"a": a, "b": b, "r": float(ss.spearmanr(a, b)[0])} for a, b in [(ints(0, 5, n), ints(0, 9, n)) for n in (4, 9, 30)]]

# divergence: SciPy's distance squared; entropy in bits
out["jsd"] = []
for _ in range(8):
    k, c = int(rng.integers(2, 9)), int(rng.integers(2, 7))
    n = rng.poisson(rng.gamma(1, 15, (c, k)))
    n[:, 0] += 1
    p = n / n.sum(1, keepdims=True)
    w = rng.integers(1, 100, c)
    H = lambda p: float(ss.entropy(p, base=2))
    gen = lambda w: H(w @ p) - sum(x * H(q) for x, q in zip(w, p))
    out["jsd"].append({"counts": n.tolist(), "weights": w.tolist(), "pairs": [[float(jensenshannon(a, b, 2)) ** 2 for b in p] for a in p], "tvd": [[float(np.abs(a - b).sum() / 2) for b in p] for a in p],
                       "equal": gen(np.full(c, 1 / c)), "weighted": gen(w / w.sum()), "rest": [float(jensenshannon(p[i], np.delete(p, i, 0).mean(0), 2)) ** 2 for i in range(c)]})
# a permutation test of two small samples is enumerated: the exact share of ways to deal people that diverge at least as much
out["permutation"] = []
for a, b in [([4, 1], [1, 5]), ([3, 1, 1], [0, 3, 2])]:
    people = [o for r in (a, b) for o, c in enumerate(r) for _ in range(c)]
    J = lambda x, y: float(jensenshannon(np.array(x) / sum(x), np.array(y) / sum(y), 2)) ** 2
    seen, more, ways = J(a, b), 0, 0
    for pick in itertools.combinations(range(len(people)), sum(a)):
        x = [sum(people[i] == o for i in pick) for o in range(len(a))]
        y = [u + v - z for u, v, z in zip(a, b, x)]
        ways += 1
        more += J(x, y) >= seen - 1e-12
    out["permutation"].append({"a": a, "b": b, "p": more / ways})

# coders
out["kappa"] = [{"table": t.tolist(), "kappa": float(cohens_kappa(t, return_results=False))} for t in [rng.poisson(6, (k, k)) for k in (2, 3, 5)]]
out["alpha"] = []
for k, coders in [(2, 2), (3, 3), (5, 4), (4, 6)]:
    units = [[int(base) if rng.random() < 0.6 else int(x) if y < 0.8 else -1 for x, y in zip(rng.integers(0, k, coders), rng.random(coders))] for base in rng.integers(0, k, 30)]
    o = np.zeros((k, k))
    for u in units:
        v = [x for x in u if x >= 0]
        for i, j in itertools.permutations(range(len(v)), 2):
            o[v[i], v[j]] += 1 / (len(v) - 1)
    n = o.sum()
    e = (np.outer(o.sum(0), o.sum(0)) - np.diag(o.sum(0))) / (n - 1)
    out["alpha"].append({"codes": k, "units": units, "alpha": float(1 - (n - np.trace(o)) / (n - np.trace(e)))})

# means of people at tables: mean squares from R's aov, t from R
out["tablemean"] = []
for _ in range(4):
    tables = [rng.integers(0, 11, n).tolist() if s else rng.integers(4, 7, n).tolist() for n, s in zip(ints(1, 9, 8), ints(0, 1, 8))]
    y, g = np.concatenate(tables), np.concatenate([[i] * len(t) for i, t in enumerate(tables)])
    msb, msw = R("summary(aov(%s ~ factor(%s)))[[1]][['Mean Sq']]" % (vec(y), vec(g)))
    N, T = len(y), len(tables)
    n0 = (N - sum(len(t) ** 2 for t in tables) / N) / (T - 1)
    se = math.sqrt(T / (T - 1) * sum((y[g == t] - y.mean()).sum() ** 2 for t in range(T))) / N
    half = se * R("qt(0.975,%d)" % (T - 1))[0]
    out["tablemean"].append({"tables": tables, "mean": float(y.mean()), "icc": (msb - msw) / (msb + (n0 - 1) * msw), "se": se, "low": float(y.mean()) - half, "high": float(y.mean()) + half})

# chance
def xoshiro(seed, labels):
    b = b"daybook-stats-random/v1" + b"".join(len(s).to_bytes(8, "big") + s.encode() for s in [seed, *labels])
    h, M = hashlib.sha256(b).digest(), 2**64 - 1
    s = [int.from_bytes(h[i : i + 8], "big") for i in range(0, 32, 8)]
    rotl = lambda x, k: (x << k | x >> (64 - k)) & M
    while True:
        yield rotl(s[1] * 5 & M, 7) * 9 & M
        t = s[1] << 17 & M
        s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 45)
out["random"] = [{"seed": s, "labels": l, "next": [str(x) for x in itertools.islice(xoshiro(s, l), 5)]} for s, l in [("", []), (str(2**53 - 1), ["divergence", "q7"]), ("1", ["ab"]), ("1", ["a", "b"])]]

print("{\n" + ",\n".join('"%s": %s' % (k, json.dumps(v, allow_nan=False)) for k, v in out.items()) + "\n}")
