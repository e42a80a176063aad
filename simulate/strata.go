package simulate

import "strings"

// A dimension is one way to divide a population; the shares of its strata in each region are per mille, rounded from what is generally known.
type dimension struct {
	name   string
	strata []stratum
}

type stratum struct {
	id, label string
	shares    [5]int // by region
}

var dimensions = []dimension{
	{"gender", []stratum{
		{"woman", "Woman", [5]int{500, 488, 510, 506, 500}},
		{"man", "Man", [5]int{492, 504, 480, 484, 488}},
		{"other", "Another gender, or not said", [5]int{8, 8, 10, 10, 12}},
	}},
	{"age", []stratum{
		{"18-24", "18 to 24", [5]int{260, 160, 100, 160, 125}},
		{"25-34", "25 to 34", [5]int{280, 225, 150, 210, 185}},
		{"35-44", "35 to 44", [5]int{190, 200, 165, 190, 180}},
		{"45-54", "45 to 54", [5]int{125, 170, 175, 165, 165}},
		{"55-64", "55 to 64", [5]int{85, 130, 170, 135, 155}},
		{"65-plus", "65 and older", [5]int{60, 115, 240, 140, 190}},
	}},
	{"education", []stratum{
		{"primary", "Primary school or less", [5]int{480, 310, 110, 250, 100}},
		{"secondary", "Secondary school", [5]int{400, 460, 540, 500, 500}},
		{"tertiary", "University or college", [5]int{120, 230, 350, 250, 400}},
	}},
	{"residence", []stratum{
		{"urban", "In a town or city", [5]int{440, 520, 750, 810, 800}},
		{"rural", "In the country", [5]int{560, 480, 250, 190, 200}},
	}},
	{"internet", []stratum{
		{"daily", "Every day", [5]int{400, 600, 820, 700, 850}},
		{"sometimes", "Sometimes", [5]int{330, 230, 110, 190, 100}},
		{"never", "Never, or hardly ever", [5]int{270, 170, 70, 110, 50}},
	}},
}

// minorityStrata are to be present in every room.
var minorityStrata = []string{"education:primary", "residence:rural", "internet:never"}

const nonExpertRule = "Nobody takes part as a citizen who works, or has worked in the last five years, on internet policy, in the internet industry, or in politics."

// strata of a person: a stratum of every dimension.
type strata [5]int

// drawStrata draws a person of a region.
func drawStrata(c *chance, r region) (s strata) {
	for i, d := range dimensions {
		weights := make([]int, len(d.strata))
		for j, st := range d.strata {
			weights[j] = st.shares[r]
		}
		s[i] = c.pick(weights)
	}
	return s
}

// id is the stratum of a person in a dimension.
func (s strata) id(dim int) string { return dimensions[dim].strata[s[dim]].id }

// words are what goes to the vault.
func (s strata) words() string {
	parts := make([]string, len(dimensions))
	for i, d := range dimensions {
		parts[i] = d.name + "=" + s.id(i)
	}
	return strings.Join(parts, ";")
}

// byName are the strata by dimension.
func (s strata) byName() map[string]string {
	m := make(map[string]string, len(dimensions))
	for i, d := range dimensions {
		m[d.name] = s.id(i)
	}
	return m
}
