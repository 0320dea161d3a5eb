package patterns

import (
	"math"
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
