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
		{"Fisher's lady, all right", fisher(4, 4, 4, 8), 1. / 70},
		{"Fisher's lady, one wrong", fisher(3, 4, 4, 8), 17. / 70},
		{"none together", fisher(0, 4, 4, 8), 1},
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
}
