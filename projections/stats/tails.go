package stats

import (
	"math"
	"math/big"
)

// Z95 is the standard normal quantile of two-sided intervals at 95 %.
const Z95 = 1.959963984540054

// mostSteps bounds every series and continued fraction here; none comes near it for arguments that counts of people give.
const mostSteps = 10_000

// ZOf gives the normal quantile of a two-sided interval at level, 0 < level < 1: ZOf(0.95) is Z95.
func ZOf(level float64) (float64, error) {
	if !(level > 0 && level < 1) {
		return 0, fail(ErrBadParameter, "level", "the level of an interval lies between 0 and 1")
	}
	if level == 0.95 {
		return Z95, nil
	}
	return -NormalQuantile((1 - level) / 2), nil
}

// NormalSurvival is P(Z > z) of a standard normal Z: half of the upper tail of chi-squared with one degree of freedom at z².
func NormalSurvival(z float64) float64 {
	tail := float64(gammaQ(0.5, float64(z*z)/2) / 2)
	if z < 0 {
		return 1 - tail
	}
	return tail
}

// NormalCDF is P(Z <= z).
func NormalCDF(z float64) float64 { return NormalSurvival(-z) }

// NormalQuantile is the z with P(Z <= z) = p; 0 gives -Inf, 1 +Inf, other p outside (0, 1) NaN. Relative error about 1e-16.
// Source: Wichura 1988, algorithm AS 241 (PPND16), Applied Statistics 37:477.
func NormalQuantile(p float64) float64 {
	switch {
	case p == 0:
		return math.Inf(-1)
	case p == 1:
		return math.Inf(1)
	case !(p > 0 && p < 1):
		return math.NaN()
	}
	q := p - 0.5
	if math.Abs(q) <= 0.425 {
		r := 0.180625 - float64(q*q)
		return float64(q*poly(r, 3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3)) /
			poly(r, 1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3)
	}
	r := math.Sqrt(-Log(min(p, 1-p)))
	var z float64
	if r <= 5 {
		r -= 1.6
		z = poly(r, 1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4) /
			poly(r, 1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9)
	} else {
		r -= 5
		z = poly(r, 6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7) /
			poly(r, 1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15)
	}
	if q < 0 {
		return -z
	}
	return z
}

// poly is c[0] + c[1]x + c[2]x² ...
func poly(x float64, c ...float64) float64 {
	s := 0.0
	for i := len(c) - 1; i >= 0; i-- {
		s = float64(s*x) + c[i]
	}
	return s
}

// ChiSquaredSurvival is P(X > x) of chi-squared with df > 0 degrees of freedom, x >= 0. Other arguments give NaN.
func ChiSquaredSurvival(x, df float64) float64 {
	if !(df > 0) || !(x >= 0) {
		return math.NaN()
	}
	return gammaQ(df/2, x/2)
}

// gammaQ is the regularised upper incomplete gamma function: its series below a+1, Lentz's continued fraction above.
// Source: Abramowitz & Stegun 6.5.29, 6.5.31; Thompson & Barnett 1986, Journal of Computational Physics 64:490.
func gammaQ(a, x float64) float64 {
	if x == 0 {
		return 1
	}
	if math.IsInf(x, 1) {
		return 0
	}
	front := Exp(float64(a*Log(x)) - x - LogGamma(a))
	if x < a+1 {
		term, n := 1/a, a
		sum := term
		for range mostSteps {
			n++
			term = float64(term * (x / n))
			sum += term
			if term < float64(sum*epsilon)/4 {
				break
			}
		}
		return max(0, 1-float64(front*sum))
	}
	const tiny = 1e-300
	b := x + 1 - a
	c, d := 1/tiny, 1/b
	h := d
	for i := 1; i <= mostSteps; i++ {
		n := float64(i)
		an := -float64(n * (n - a))
		b += 2
		d = notZero(float64(an*d) + b)
		c = notZero(b + an/c)
		d = 1 / d
		step := float64(d * c)
		h = float64(h * step)
		if math.Abs(step-1) < epsilon {
			break
		}
	}
	return float64(front * h)
}

func notZero(x float64) float64 {
	if math.Abs(x) < 1e-300 {
		return 1e-300
	}
	return x
}

// StudentSurvival is P(T > t) of Student's t with df > 0 degrees of freedom. df <= 0 gives NaN.
func StudentSurvival(t, df float64) float64 {
	if !(df > 0) || math.IsNaN(t) {
		return math.NaN()
	}
	t2 := float64(t * t)
	tail := float64(betaI(df/2, 0.5, df/(df+t2), t2/(df+t2)) / 2)
	if t < 0 {
		return 1 - tail
	}
	return tail
}

// StudentQuantile is the t with P(T <= t) = p, 0 < p < 1, df > 0; others give NaN. It bisects StudentSurvival until no number lies between.
func StudentQuantile(p, df float64) float64 {
	if !(df > 0) || !(p > 0 && p < 1) {
		return math.NaN()
	}
	if p < 0.5 {
		return -StudentQuantile(1-p, df)
	}
	q := 1 - p
	low, high := 0.0, 1.0
	for StudentSurvival(high, df) > q {
		low, high = high, float64(high*2)
	}
	for {
		mid := low + float64((high-low)/2)
		if !(low < mid && mid < high) {
			return mid
		}
		if StudentSurvival(mid, df) > q {
			low = mid
		} else {
			high = mid
		}
	}
}

// betaI is the regularised incomplete beta function I_x(a, b); y is 1-x, given apart so that it keeps its digits.
// Source: Abramowitz & Stegun 26.5.8 by Lentz's method.
func betaI(a, b, x, y float64) float64 {
	if x == 0 || y == 0 {
		return x
	}
	front := Exp(LogGamma(a+b) - LogGamma(a) - LogGamma(b) + float64(a*Log(x)) + float64(b*Log(y)))
	if x < (a+1)/(a+b+2) {
		return float64(front*betaFraction(a, b, x)) / a
	}
	return 1 - float64(front*betaFraction(b, a, y))/b
}

func betaFraction(a, b, x float64) float64 {
	c, d := 1.0, 1/notZero(1-float64((a+b)*x)/(a+1))
	h := d
	for i := 1; i <= mostSteps; i++ {
		m := float64(i)
		m2 := float64(2 * m)
		even := float64(m*float64((b-m)*x)) / float64((a+m2-1)*(a+m2))
		d = 1 / notZero(1+float64(even*d))
		c = notZero(1 + even/c)
		h = float64(h * float64(d*c))
		odd := -float64((a+m)*float64((a+b+m)*x)) / float64((a+m2)*(a+m2+1))
		d = 1 / notZero(1+float64(odd*d))
		c = notZero(1 + odd/c)
		step := float64(d * c)
		h = float64(h * step)
		if math.Abs(step-1) < epsilon {
			break
		}
	}
	return h
}

// BinomialTail is P(X <= k) of n fair coins, exact.
func BinomialTail(k, n int) *big.Rat {
	sum, term := new(big.Int), new(big.Int)
	for i := 0; i <= min(k, n); i++ {
		sum.Add(sum, term.Binomial(int64(n), int64(i)))
	}
	return new(big.Rat).SetFrac(sum, new(big.Int).Lsh(big.NewInt(1), uint(max(n, 0))))
}
