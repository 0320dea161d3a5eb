package patterns

import "math"

// choose is the logarithm of the binomial coefficient.
func choose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// fisher is the one-sided probability of Fisher's exact test: of n machines, k have a signature, m an attribute, and so many as both or
// more have the two together by chance.
func fisher(both, k, m, n int) float64 {
	p := 0.0
	for x := both; x <= min(k, m); x++ {
		if k-x <= n-m {
			p += math.Exp(choose(m, x) + choose(n-m, k-x) - choose(n, k))
		}
	}
	return min(p, 1)
}

// binomial is the probability of k hits or more in n trials.
func binomial(k, n int, p float64) float64 {
	if k <= 0 || p >= 1 || float64(k) <= float64(n)*p { // not less than about a half
		return 1
	}
	if p <= 0 {
		return 0
	}
	sum := 0.0
	for x := k; x <= n; x++ {
		term := math.Exp(choose(n, x) + float64(x)*math.Log(p) + float64(n-x)*math.Log1p(-p))
		sum += term
		if term <= sum*1e-12 { // they only get smaller
			break
		}
	}
	return min(sum, 1)
}

// poisson is the probability of k or more where so many are expected.
func poisson(k int, expected float64) float64 {
	if k <= 0 {
		return 1
	}
	switch {
	case expected <= 0:
		return 0
	case expected >= float64(k): // a half or more, and the sum below would have no end
		return 1
	}
	sum, term := 0.0, 0.0
	for x := k; x < k+1000; x++ {
		lg, _ := math.Lgamma(float64(x + 1))
		term = math.Exp(float64(x)*math.Log(expected) - expected - lg)
		sum += term
		if float64(x) > expected && term < sum*1e-12 {
			break
		}
	}
	return min(sum, 1)
}
