package patterns

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// factorials are the logarithms of the first ones: most of what is counted is below.
var factorials = sync.OnceValue(func() *[1 << 12]float64 {
	list := new([1 << 12]float64)
	for n := range list {
		list[n], _ = math.Lgamma(float64(n + 1))
	}
	return list
})

// factorial is its logarithm.
func factorial(n int) float64 {
	if list := factorials(); n >= 0 && n < len(list) {
		return list[n]
	}
	l, _ := math.Lgamma(float64(n + 1))
	return l
}

// choose is the logarithm of the binomial coefficient.
func choose(n, k int) float64 { return factorial(n) - factorial(k) - factorial(n-k) }

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
		term = math.Exp(float64(x)*math.Log(expected) - expected - factorial(x))
		sum += term
		if float64(x) > expected && term < sum*1e-12 {
			break
		}
	}
	return min(sum, 1)
}

// layer is a part of the machines: of n, k have the signature and m the value.
type layer struct{ k, m, n int }

// moments are the mean and the variance of how many machines have both.
func moments(layers []layer) (mean, variance float64) {
	for _, l := range layers {
		k, m, n := float64(l.k), float64(l.m), float64(l.n)
		mean += k * m / n
		if n > 1 {
			variance += k * m / n * (1 - m/n) * (n - k) / (n - 1)
		}
	}
	return mean, variance
}

// likely says at once of most tables that stratified is more than alpha. How many machines have both is a sum of independent trials, each
// of a probability of its own, and for these the theorem of Berry and Esseen bounds how far from normal it is.
func likely(both int, layers []layer) bool {
	mean, variance := moments(layers)
	sigma := math.Sqrt(variance)
	return math.Erfc((float64(both)-1-mean)/(sigma*math.Sqrt2))/2-0.56/sigma > 2*alpha
}

// stratified is the one-sided probability of Fisher's exact test in layers: that as many as both or more machines of all layers have
// signature and value together by chance, where in each layer those with the value are drawn from its machines.
func stratified(both int, layers []layer) float64 {
	mean, variance := moments(layers)
	if variance > 400 { // the sum is as good as normal
		return math.Erfc((float64(both)-0.5-mean)/math.Sqrt(2*variance)) / 2
	}
	most := 1
	for _, l := range layers {
		most += min(l.k, l.m)
	}
	sum, next, p := make([]float64, 1, most), make([]float64, 0, most), make([]float64, 0, most)
	sum[0] = 1 // of how many are together in the layers so far
	for _, l := range layers {
		low, high := max(0, l.k+l.m-l.n), min(l.k, l.m)
		all := choose(l.n, l.k)
		p = p[:0]
		for x := low; x <= high; x++ {
			p = append(p, math.Exp(choose(l.m, x)+choose(l.n-l.m, l.k-x)-all))
		}
		next = next[:len(sum)+high]
		clear(next)
		for i, a := range sum {
			if a == 0 {
				continue
			}
			to := next[i+low : i+high+1]
			for x, b := range p {
				to[x] += a * b
			}
		}
		sum, next = next, sum
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
