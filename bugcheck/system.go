package bugcheck

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A System is what a dump says of the system it was taken of. The zero System
// is one of which nothing is known.
type System struct {
	Machine string // "x86", "amd64", "arm", "arm64", another; empty: not known
	Build   uint32 // the build number of Windows; 0: not known
}

// Systems are those a When or a Value speaks of.
type Systems struct {
	Machines []string // any, if there are none
	Low      uint32   // the first build
	High     uint32   // the last one; the highest number if there is none
}

var machines = []string{"x86", "amd64", "arm", "arm64"}

// Machines returns the types of machine that meanings can depend on.
func Machines() []string { return slices.Clone(machines) }

// String returns the condition in the form of the data: "x86 amd64 build
// 10240-".
func (s *Systems) String() string {
	words := slices.Clone(s.Machines)
	switch {
	case !s.limitBuilds():
	case s.High == math.MaxUint32:
		words = append(words, fmt.Sprintf("build %d-", s.Low))
	case s.Low == 0:
		words = append(words, fmt.Sprintf("build -%d", s.High))
	default:
		words = append(words, fmt.Sprintf("build %d-%d", s.Low, s.High))
	}
	return strings.Join(words, " ")
}

func (s *Systems) limitBuilds() bool { return s.Low > 0 || s.High < math.MaxUint32 }

// answer is what can be said of a system that may be known in part.
type answer uint8

const (
	no answer = iota
	maybe
	yes
)

func (s *Systems) include(system System) answer {
	return min(s.includeMachine(system.Machine), s.includeBuild(system.Build))
}

func (s *Systems) includeMachine(machine string) answer {
	switch {
	case len(s.Machines) == 0:
		return yes
	case machine == "":
		return maybe
	case slices.Contains(s.Machines, machine):
		return yes
	}
	return no
}

func (s *Systems) includeBuild(build uint32) answer {
	switch {
	case !s.limitBuilds():
		return yes
	case build == 0:
		return maybe
	case s.Low <= build && build <= s.High:
		return yes
	}
	return no
}
