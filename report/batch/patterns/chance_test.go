package patterns

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestChance(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"Fisher's lady, all right", stratified(4, []layer{{4, 4, 8}}), 1. / 70},
		{"Fisher's lady, one wrong", stratified(3, []layer{{4, 4, 8}}), 17. / 70},
		{"none together", stratified(0, []layer{{4, 4, 8}}), 1},
		{"two ladies, all right", stratified(8, []layer{{4, 4, 8}, {4, 4, 8}}), 1. / 4900},
		{"two ladies, one wrong", stratified(7, []layer{{4, 4, 8}, {4, 4, 8}}), 33. / 4900},
		{"a layer in which all have it tells nothing", stratified(104, []layer{{4, 4, 8}, {100, 100, 100}}), 1. / 70},
		{"more than there are", stratified(5, []layer{{4, 4, 8}}), 0},
		{"many, half of them", stratified(5000, []layer{{10000, 5000, 10000}, {0, 5, 10}}), 1},
		{"binomial", binomial(2, 3, 0.5), 0.5},
		{"certain", binomial(3, 3, 1), 1},
		{"poisson", poisson(1, 0.1), 1 - math.Exp(-0.1)},
		{"poisson 2", poisson(2, 0.5), 1 - 1.5*math.Exp(-0.5)},
		{"many expected", poisson(5, 1e9), 1},
		{"nothing expected", poisson(1, 0), 0},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	// Where there are too many to count, the answer is about the exact one.
	exact, l := 0.0, layer{4000, 4000, 8000}
	for x := 2045; x <= 4000; x++ {
		exact += math.Exp(choose(l.m, x) + choose(l.n-l.m, l.k-x) - choose(l.n, l.k))
	}
	if got := stratified(2045, []layer{l}); got < exact/1.1 || got > exact*1.1 {
		t.Errorf("%v, exactly %v", got, exact)
	}
}

// TestLikely has tables of all sizes: what is said to be likely at once has to be so by the exact test.
func TestLikely(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	said := 0
	for range 20_000 {
		var layers []layer
		most := 0
		for range 1 + r.IntN(5) {
			n := 1 + r.IntN(1<<r.IntN(10))
			l := layer{k: r.IntN(n + 1), m: r.IntN(n + 1), n: n}
			layers, most = append(layers, l), most+min(l.k, l.m)
		}
		mean, variance := moments(layers)
		both := min(max(0, int(mean+4*(r.Float64()-0.5)*math.Sqrt(variance))), most)
		if likely(both, layers) {
			if said++; stratified(both, layers) <= alpha {
				t.Errorf("%d of %v is likely: %g", both, layers, stratified(both, layers))
			}
		}
	}
	if said < 2000 {
		t.Errorf("only %d of the tables are likely", said)
	}
}

func TestFactorial(t *testing.T) {
	for n := range 1 << 13 {
		if want, _ := math.Lgamma(float64(n + 1)); factorial(n) != want {
			t.Fatalf("%d: %v, want %v", n, factorial(n), want)
		}
	}
}
