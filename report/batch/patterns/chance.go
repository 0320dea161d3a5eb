package patterns

import (
	"cmp"
	"math"
	"slices"
)

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

// layer is a part of the machines: of n, k have the signature and m the value.
type layer struct{ k, m, n int }

// stratified is the one-sided probability of Fisher's exact test in layers: that as many as both or more machines of all layers have
// signature and value together by chance, where in each layer those with the value are drawn from its machines.
func stratified(both int, layers []layer) float64 {
	mean, variance := 0.0, 0.0
	for _, l := range layers {
		k, m, n := float64(l.k), float64(l.m), float64(l.n)
		mean += k * m / n
		if n > 1 {
			variance += k * m / n * (1 - m/n) * (n - k) / (n - 1)
		}
	}
	if variance > 400 { // the sum is as good as normal
		return math.Erfc((float64(both)-0.5-mean)/math.Sqrt(2*variance)) / 2
	}
	sum := []float64{1} // of how many are together in the layers so far
	for _, l := range layers {
		low, high := max(0, l.k+l.m-l.n), min(l.k, l.m)
		p := make([]float64, high+1)
		for x := low; x <= high; x++ {
			p[x] = math.Exp(choose(l.m, x) + choose(l.n-l.m, l.k-x) - choose(l.n, l.k))
		}
		next := make([]float64, len(sum)+high)
		for i, a := range sum {
			if a == 0 {
				continue
			}
			for x := low; x <= high; x++ {
				next[i+x] += a * p[x]
			}
		}
		sum = next
	}
	tail := 0.0
	for x := len(sum) - 1; x >= both; x-- {
		tail += sum[x]
	}
	return min(tail, 1)
}

// sorted returns the keys in their order, so that the same rows give the same patterns.
func sorted[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
