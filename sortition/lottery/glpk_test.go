package lottery

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The whole of leximin once more, person by person, by column generation with GLPK's program as the solver of both problems: nothing of it is ours but the text
// that it is given.

// glpsol finds GLPK's program.
func glpsol(t testing.TB) string {
	path, err := exec.LookPath("glpsol")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("glpsol must be there in CI: apt-get install -y glpk-utils")
		}
		t.Skip("no glpsol to compare with; one command brings it: sudo apt-get install -y glpk-utils")
	}
	return path
}

// A glpk solves problems in CPLEX LP format.
type glpk struct{ program, dir string }

// solve gives the values of columns and the duals of rows by their numbers in the text, and false where there is no solution.
func (g glpk) solve(t require.TestingT, text string) (objective float64, columns, duals []float64, ok bool) {
	in, out := filepath.Join(g.dir, "problem.lp"), filepath.Join(g.dir, "solution")
	require.NoError(t, os.WriteFile(in, []byte(text), 0o600))
	said, err := exec.Command(g.program, "--lp", in, "-w", out).CombinedOutput()
	require.NoError(t, err, "%s", said)
	solution, err := os.ReadFile(out)
	require.NoError(t, err)
	number := func(s string) float64 {
		f, err := strconv.ParseFloat(s, 64)
		require.NoError(t, err)
		return f
	}
	whole := false
	lines := bufio.NewScanner(bytes.NewReader(solution))
	for lines.Scan() {
		switch f := strings.Fields(lines.Text()); f[0] {
		case "s": // s bas rows columns primal dual objective | s mip rows columns status objective
			whole = f[1] == "mip"
			status := f[4]
			if status == "n" || status == "u" || (!whole && (status != "f" || f[5] != "f")) {
				return 0, nil, nil, false
			}
			objective = number(f[len(f)-1])
		case "i": // i row status primal dual
			if !whole {
				duals = append(duals, number(f[4]))
			}
		case "j": // j column status primal dual | j column value
			if whole {
				columns = append(columns, number(f[2]))
			} else {
				columns = append(columns, number(f[3]))
			}
		}
	}
	return objective, columns, duals, true
}

// panel finds a valid panel with the greatest sum of weights, which may be asked to have somebody on it.
func (g glpk) panel(t require.TestingT, in Instance, weight []float64, with int) (members []int, value float64) {
	var b strings.Builder
	b.WriteString("Maximize\n obj:")
	for i, w := range weight {
		fmt.Fprintf(&b, " %+.12f x%d\n", w, i)
	}
	b.WriteString("Subject To\n")
	row := func(is func(Person) bool, least, most int) {
		sum := ""
		for i, p := range in.People {
			if is(p) {
				sum += fmt.Sprintf(" + x%d\n", i)
			}
		}
		if sum == "" { // nobody: a row of the first person, times 0
			sum = " 0 x0"
		}
		fmt.Fprintf(&b, "%s >= %d\n%s <= %d\n", sum, least, sum, most)
	}
	row(func(Person) bool { return true }, in.Size, in.Size)
	for _, q := range in.Quotas {
		c := slices.Index(in.Categories(), q.Category)
		row(func(p Person) bool { return p.Values[c] == q.Value }, q.Min, q.Max)
	}
	addresses := map[string]bool{"": true}
	for _, p := range in.People {
		if !addresses[p.Address] {
			addresses[p.Address] = true
			row(func(o Person) bool { return o.Address == p.Address }, 0, 1)
		}
	}
	if with >= 0 {
		fmt.Fprintf(&b, " x%d = 1\n", with)
	}
	b.WriteString("Binary\n")
	for i := range in.People {
		fmt.Fprintf(&b, " x%d\n", i)
	}
	b.WriteString("End\n")
	_, columns, _, ok := g.solve(t, b.String())
	if !ok {
		return nil, 0
	}
	for i, x := range columns {
		if x > 0.5 {
			members = append(members, i)
			value += weight[i]
		}
	}
	return members, value
}

// leximin gives everybody's chance; -1 for people who are on no panel. It gives nil where there is no panel at all.
func (g glpk) leximin(t require.TestingT, in Instance) []float64 {
	n := len(in.People)
	var panels [][]int
	chance, fixed := make([]float64, n), make([]bool, n)
	for i := range in.People {
		if slices.ContainsFunc(panels, func(p []int) bool { return slices.Contains(p, i) }) {
			continue
		}
		if p, _ := g.panel(t, in, make([]float64, n), i); p != nil {
			panels = append(panels, p)
		} else {
			fixed[i], chance[i] = true, -1
		}
	}
	if panels == nil {
		return nil
	}
	for slices.Contains(fixed, false) {
		z, duals := g.master(t, n, panels, fixed, chance)
		weight := make([]float64, n)
		for i := range weight {
			weight[i] = math.Abs(duals[i])
		}
		if p, value := g.panel(t, in, weight, -1); value > math.Abs(duals[n])+1e-7 && !slices.ContainsFunc(panels, func(q []int) bool { return slices.Equal(p, q) }) {
			panels = append(panels, p)
			continue
		}
		some := false
		for i := range weight {
			if !fixed[i] && weight[i] > 1e-7 {
				fixed[i], chance[i], some = true, z, true
			}
		}
		require.True(t, some)
	}
	return chance
}

// master maximises the smallest chance of those who have none, over the lotteries of some panels.
func (g glpk) master(t require.TestingT, n int, panels [][]int, fixed []bool, chance []float64) (z float64, duals []float64) {
	var b strings.Builder
	b.WriteString("Maximize\n obj: z\nSubject To\n")
	for i := range n {
		sum, least := " 0 z", 0.0
		for j, p := range panels {
			if slices.Contains(p, i) {
				sum += fmt.Sprintf(" + l%d\n", j)
			}
		}
		if !fixed[i] {
			sum += " - z"
		} else {
			least = max(0, chance[i]-1e-8)
		}
		sum = strings.TrimPrefix(sum, " 0 z")
		if sum == "" {
			sum = " 0 z"
		}
		fmt.Fprintf(&b, "%s >= %.12f\n", sum, least)
	}
	for j := range panels {
		fmt.Fprintf(&b, " + l%d\n", j)
	}
	b.WriteString(" = 1\nEnd\n")
	objective, _, duals, ok := g.solve(t, b.String())
	require.True(t, ok)
	return objective, duals
}

// agreesWithGLPK holds the chances of an instance against those that GLPK finds.
func agreesWithGLPK(t require.TestingT, g glpk, in Instance) {
	chance := g.leximin(t, in)
	for _, small := range []bool{true, false} { // by column generation at once, and by the relaxation first
		l, err := build(in, Options{Panels: 200, Objective: LeximinUncapped}, small, nil)
		if chance == nil {
			require.ErrorIs(t, err, ErrInfeasible)
			continue
		}
		require.NoError(t, err)
		sameChances(t, in, l, chance)
	}
}

// sameChances holds the chances that a lottery aims at against others; those of people on no panel are -1.
func sameChances(t require.TestingT, in Instance, l *Lottery, chance []float64) {
	var impossible []int
	var want, got []float64
	for i, c := range chance {
		if c < 0 {
			impossible = append(impossible, i)
		} else {
			want = append(want, c)
		}
	}
	require.Equal(t, impossible, l.Impossible, "%v", in)
	for _, level := range l.Relaxed {
		for range level.People {
			got = append(got, level.Probability)
		}
	}
	sameLeximin(t, l, want, got)
}

func TestGLPK(t *testing.T) {
	t.Parallel()
	g := glpk{glpsol(t), t.TempDir()}
	for seed := range uint64(12) {
		agreesWithGLPK(t, g, randomInstance(rand.New(rand.NewPCG(seed, 60)), 60))
	}
}

func FuzzGLPK(f *testing.F) {
	g := glpk{program: glpsol(f)}
	for seed := range uint64(3) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := glpk{g.program, t.TempDir()}
		agreesWithGLPK(t, g, randomInstance(rand.New(rand.NewPCG(seed, 13)), 60))
	})
}
