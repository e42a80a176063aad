package stats

import "math"

// Functions that machines compute in different ways, or that the standard library does not have. Only +, -, *, /, square roots and bit patterns are used,
// each rounded by itself, so that the same bits come out everywhere.

const (
	ln2High = 6.93147180369123816490e-01 // fdlibm e_log.c, e_exp.c: ln 2 in two parts
	ln2Low  = 1.90821492927058770002e-10
	epsilon = 1.0 / (1 << 52)
)

// pow2 is 2**n, exact, for -1022 <= n <= 1023.
func pow2(n int) float64 { return math.Float64frombits(uint64(n+1023) << 52) }

// Exp is e**x. Source: fdlibm e_exp.c; error below 1 unit in the last place. Overflow gives +Inf, underflow 0 (numbers below 2**-1022 included).
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x > 709.782712893383973096:
		return math.Inf(1)
	case x < -708.396418532264106224:
		return 0
	}
	k := math.Floor(float64(x*math.Log2E) + 0.5)
	high := x - float64(k*ln2High)
	low := float64(k * ln2Low)
	r := high - low
	t := float64(r * r)
	c := float64(t * 4.13813679705723846039e-08)
	c = float64(t * (-1.65339022054652515390e-06 + c))
	c = float64(t * (6.61375632143793436117e-05 + c))
	c = float64(t * (-2.77777777770155933842e-03 + c))
	c = float64(t * (1.66666666666666019037e-01 + c))
	c = r - c
	y := 1 - ((low - float64(r*c)/(2-c)) - high)
	if k > 1023 {
		return float64(y*pow2(1023)) * 2
	}
	return float64(y * pow2(int(k)))
}

// Log is the natural logarithm. Source: fdlibm e_log.c; error below 1 unit in the last place. Log(0) is -Inf, below zero NaN.
func Log(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	k := 0
	if x < pow2(-1022) { // a number below the normal ones
		x, k = float64(x*(1<<54)), -54
	}
	bits := math.Float64bits(x)
	k += int(bits>>52) - 1022
	f1 := math.Float64frombits(bits&(1<<52-1) | 1022<<52) // 0.5 <= f1 < 1
	if f1 < math.Sqrt2/2 {
		f1 = float64(f1 * 2)
		k--
	}
	f, n := f1-1, float64(k)
	s := f / (2 + f)
	s2 := float64(s * s)
	s4 := float64(s2 * s2)
	a := float64(s4 * 1.479819860511658591e-01)
	a = float64(s4 * (1.818357216161805012e-01 + a))
	a = float64(s4 * (2.857142874366239149e-01 + a))
	a = float64(s2 * (6.666666666666735130e-01 + a))
	b := float64(s4 * 1.531383769920937332e-01)
	b = float64(s4 * (2.222219843214978396e-01 + b))
	b = float64(s4 * (3.999999999940941908e-01 + b))
	half := float64(float64(0.5*f) * f)
	return float64(n*ln2High) - ((half - (float64(s*(half+(a+b))) + float64(n*ln2Low))) - f)
}

// Log2 is the logarithm to base 2: exact for powers of two, since the exponent is taken off before.
func Log2(x float64) float64 {
	if !(x >= pow2(-1022)) || math.IsInf(x, 1) {
		return float64(Log(x) * math.Log2E)
	}
	bits := math.Float64bits(x)
	k := float64(int(bits>>52) - 1022)
	f := math.Float64frombits(bits&(1<<52-1) | 1022<<52)
	if f == 0.5 {
		return k - 1
	}
	return k + float64(Log(f)*math.Log2E)
}

// LogGamma is ln Γ(x) for x > 0, by Stirling's series after x is lifted to 15 or more; absolute error below 1e-14 times max(1, |ln Γ(x)|).
// Source: Abramowitz & Stegun 6.1.41. Other x give NaN.
func LogGamma(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 1) {
		return math.NaN()
	}
	lift := 1.0
	for x < 15 {
		lift = float64(lift * x)
		x++
	}
	i := 1 / x
	i2 := float64(i * i)
	s := float64(i2 * (691.0/360360 - i2/156))
	s = float64(i2 * (1.0/1188 - s))
	s = float64(i2 * (1.0/1680 - s))
	s = float64(i2 * (1.0/1260 - s))
	s = float64(i2 * (1.0/360 - s))
	s = float64(i * (1.0/12 - s))
	const halfLog2Pi = 0.918938533204672741780329736406
	return float64((x-0.5)*Log(x)) - x + halfLog2Pi + s - Log(lift)
}
