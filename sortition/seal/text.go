package seal

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"daybook.internal/sortition/lottery"
)

// What is sealed is a text that a person can read and any program can make, and its digest is SHA-256 of that text: its content address. There is one text for
// one content, and the readers take exactly what the writers make.
//
// A text is lines that end in a line feed. A line is cells with a tab between them; in a cell a backslash, a tab, a line feed and a carriage return are written
// \\, \t, \n and \r. The first line names the form.
//
//	daybook-quotas/1
//	size  <seats of a panel>
//	quota  <category>  <value>  <min>  <max>  <least min>  <greatest max>       one line each, in the order in which the lottery counts them
//
//	daybook-pool/1
//	categories  <category> …                                                    in the order of the quotas
//	person  <pseudonym>  <salt>  <address, or ->  <value of each category> …    in ascending order of the pseudonyms' bytes
//
//	daybook-panels/1
//	panels  <number>  <seats of each>
//	<pseudonym> …                                                               a line for each panel, in the order of the draw, members in ascending order
//
// Numbers are decimal, hashes hexadecimal in lower case. The file of a pool holds salts and values: it is for those who are bound to keep it to themselves.
const (
	quotasForm = "daybook-quotas/1"
	poolForm   = "daybook-pool/1"
	panelsForm = "daybook-panels/1"
)

// ErrText says that a text is not in its form. The error names the line.
var ErrText = errors.New("the text is not in its form")

// Digest is the content address of a text.
func Digest(text []byte) Hash { return sha256.Sum256(text) }

var (
	escape   = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
	unescape = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r")
)

func line(b []byte, cells ...string) []byte {
	for i, c := range cells {
		if i > 0 {
			b = append(b, '\t')
		}
		b = append(b, escape.Replace(c)...)
	}
	return append(b, '\n')
}

// Quotas are what a draw is announced with.
type Quotas struct {
	Size   int
	Quotas []lottery.Quota
	Widest []lottery.Quota // by quota: how far it may be relaxed
}

// Text of quotas.
func (q Quotas) Text() []byte {
	b := line(nil, quotasForm)
	b = line(b, "size", strconv.Itoa(q.Size))
	for i, one := range q.Quotas {
		w := q.Widest[i]
		b = line(b, "quota", one.Category, one.Value, strconv.Itoa(one.Min), strconv.Itoa(one.Max), strconv.Itoa(w.Min), strconv.Itoa(w.Max))
	}
	return b
}

// ReadQuotas reads the text of quotas. ErrText: it is not one.
func ReadQuotas(text []byte) (Quotas, error) {
	var q Quotas
	l := lines{text: text}
	l.form(quotasForm)
	q.Size = l.number(l.cells("size", 2)[1])
	for l.more() {
		c := l.cells("quota", 7)
		q.Quotas = append(q.Quotas, lottery.Quota{Category: c[1], Value: c[2], Min: l.number(c[3]), Max: l.number(c[4])})
		q.Widest = append(q.Widest, lottery.Quota{Category: c[1], Value: c[2], Min: l.number(c[5]), Max: l.number(c[6])})
	}
	return q, l.end(func() []byte { return q.Text() })
}

// Text of a pool.
func (p Pool) Text() []byte {
	b := line(nil, poolForm)
	b = line(b, append([]string{"categories"}, p.Categories...)...)
	for _, who := range slices.SortedFunc(slices.Values(p.People), func(a, b Person) int { return strings.Compare(a.Pseudonym, b.Pseudonym) }) {
		address := "-"
		if who.Address != (Hash{}) {
			address = who.Address.String()
		}
		b = line(b, append([]string{"person", who.Pseudonym, who.Salt.String(), address}, who.Values...)...)
	}
	return b
}

// ReadPool reads the text of a pool. ErrText: it is not one. Whether the pool is in order Check tells.
func ReadPool(text []byte) (Pool, error) {
	var p Pool
	l := lines{text: text}
	l.form(poolForm)
	p.Categories = slices.Clone(l.cells("categories", 0)[1:])
	for l.more() {
		c := l.cells("person", 4+len(p.Categories))
		who := Person{Pseudonym: c[1], Salt: l.hash(c[2]), Values: slices.Clone(c[4:])}
		if c[3] != "-" {
			who.Address = l.hash(c[3])
		}
		p.People = append(p.People, who)
	}
	return p, l.end(func() []byte { return p.Text() })
}

// Instance is the lottery that a sealed pool and quotas make. People who live together have the same Address, which is a hash.
func (p Pool) Instance(q Quotas) lottery.Instance {
	in := lottery.Instance{Size: q.Size, Quotas: q.Quotas}
	for _, who := range p.People {
		person := lottery.Person{ID: who.Pseudonym, Values: who.Values}
		if who.Address != (Hash{}) {
			person.Address = who.Address.String()
		}
		in.People = append(in.People, person)
	}
	return in
}

// Panels are the panels of a lottery by the pseudonyms of their members.
type Panels struct {
	Size int
	List [][]string
}

// Text of panels.
func (p Panels) Text() []byte {
	b := line(nil, panelsForm)
	b = line(b, "panels", strconv.Itoa(len(p.List)), strconv.Itoa(p.Size))
	for _, panel := range p.List {
		b = line(b, slices.Sorted(slices.Values(panel))...)
	}
	return b
}

// ReadPanels reads the text of panels. ErrText: it is not one.
func ReadPanels(text []byte) (Panels, error) {
	var p Panels
	l := lines{text: text}
	l.form(panelsForm)
	head := l.cells("panels", 3)
	p.Size = l.number(head[2])
	for l.more() {
		p.List = append(p.List, slices.Clone(l.cells("", 0)))
	}
	return p, l.end(func() []byte { return p.Text() })
}

// NamePanels gives the members of panels their pseudonyms.
func NamePanels(in lottery.Instance, panels [][]int) Panels {
	p := Panels{Size: in.Size}
	for _, panel := range panels {
		names := make([]string, len(panel))
		for j, i := range panel {
			names[j] = in.People[i].ID
		}
		p.List = append(p.List, names)
	}
	return p
}

// Index gives panels by the indices of their members in an instance, ascending. ErrText: somebody is not in it.
func (p Panels) Index(in lottery.Instance) ([][]int, error) {
	at := make(map[string]int, len(in.People))
	for i, who := range in.People {
		at[who.ID] = i
	}
	panels := make([][]int, len(p.List))
	for j, names := range p.List {
		for _, name := range names {
			i, known := at[name]
			if !known {
				return nil, fmt.Errorf("%w: panel %d: %q is not in the pool", ErrText, j, name)
			}
			panels[j] = append(panels[j], i)
		}
		slices.Sort(panels[j])
	}
	return panels, nil
}

// lines reads a text. After the first mistake everything reads as nothing.
type lines struct {
	text []byte
	at   int // of the line, from 1
	rest []byte
	err  error
}

func (l *lines) fail(format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf("%w: line %d: %s", ErrText, l.at, fmt.Sprintf(format, args...))
	}
}

func (l *lines) form(name string) {
	l.rest = l.text
	if c := l.cells("", 1); l.err == nil && c[0] != name {
		l.fail("this is %.40q, not %s", c[0], name)
	}
}

func (l *lines) more() bool { return l.err == nil && len(l.rest) > 0 }

// cells of the next line, which begins with a word, or with anything where there is none; n is how many, 0 for one or more.
func (l *lines) cells(word string, n int) []string {
	none := make([]string, max(n, 1))
	if l.err != nil {
		return none
	}
	l.at++
	one, rest, whole := bytes.Cut(l.rest, []byte{'\n'})
	l.rest = rest
	cells := strings.Split(string(one), "\t")
	switch {
	case !whole:
		l.fail("it does not end")
	case word != "" && cells[0] != word:
		l.fail("it begins with %.40q, not with %s", cells[0], word)
	case n > 0 && len(cells) != n:
		l.fail("it has %d cells, not %d", len(cells), n)
	default:
		for i := range cells {
			cells[i] = unescape.Replace(cells[i])
		}
		return cells
	}
	return none
}

func (l *lines) number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		l.fail("%.40q is not a number", s)
	}
	return n
}

func (l *lines) hash(s string) (h Hash) {
	if err := h.UnmarshalText([]byte(s)); err != nil {
		l.fail("%v", err)
	}
	return h
}

// end says what was wrong. What reads without a mistake must also be what the writer makes of it.
func (l *lines) end(again func() []byte) error {
	if l.err == nil && !bytes.Equal(again(), l.text) {
		l.fail("it says the same as another text, and is not the one that is written: order, number of panels, or how cells are written")
	}
	return l.err
}
