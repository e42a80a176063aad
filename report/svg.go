package report

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// plot is a chart with a row for each thing: marks and lines along one axis. Marks differ in form, not in colour alone; every row says its values in words.
type plot struct {
	id, title, desc string
	from, to        float64
	ticks           []tick
	rule            *float64 // a threshold, as a dashed line
	ruleText        string
	rows            []row
	legend          []legend
}

type tick struct {
	at   float64
	text string
}

type row struct {
	label string
	bar   *float64    // from the start of the axis
	line  *[2]float64 // between two values
	marks []mark
	text  string // values in words, on the right
}

type mark struct {
	at   float64
	form form
}

type form int

const (
	disc    form = iota // filled circle
	diamond             // hollow
)

type legend struct {
	form form
	text string
}

const (
	left, middle, right = 300.0, 380.0, 180.0 // widths of labels, axis and values
	rowHeight           = 22.0
	above               = 26.0
)

// svg draws the plot. Coordinates have one digit.
func (p plot) svg() string {
	var b strings.Builder
	top := 8.0
	if len(p.legend) > 0 || p.rule != nil {
		top = above
	}
	foot := top + float64(rowHeight*float64(len(p.rows)))
	width, height := left+middle+right, foot+6
	if len(p.ticks) > 0 {
		height += 20
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="%s-t %s-d" viewBox="0 0 %s %s" width="%s" height="%s">`, p.id, p.id, f1(width), f1(height), f1(width), f1(height))
	fmt.Fprintf(&b, `<title id="%s-t">%s</title><desc id="%s-d">%s</desc>`, p.id, html.EscapeString(p.title), p.id, html.EscapeString(p.desc))
	x := left
	for _, l := range p.legend {
		b.WriteString(l.form.draw(x+6, 12))
		fmt.Fprintf(&b, `<text x="%s" y="16" class="k">%s</text>`, f1(x+16), html.EscapeString(l.text))
		x += 30 + float64(7*float64(len(l.text)))
	}
	for _, t := range p.ticks {
		at := f1(p.x(t.at))
		fmt.Fprintf(&b, `<line x1="%s" y1="%s" x2="%s" y2="%s" class="g"/><text x="%s" y="%s" text-anchor="middle" class="k">%s</text>`, at, f1(top), at, f1(foot), at, f1(foot+16), html.EscapeString(t.text))
	}
	for i, r := range p.rows {
		y := top + float64(rowHeight*(float64(i)+0.5))
		fmt.Fprintf(&b, `<text x="%s" y="%s" text-anchor="end">%s</text>`, f1(left-10), f1(y+4), html.EscapeString(short(r.label, 38)))
		if r.bar != nil {
			fmt.Fprintf(&b, `<rect x="%s" y="%s" width="%s" height="12" class="b"/>`, f1(left), f1(y-6), f1(p.x(*r.bar)-left))
		}
		if r.line != nil {
			fmt.Fprintf(&b, `<line x1="%s" y1="%s" x2="%s" y2="%s" class="l"/>`, f1(p.x(r.line[0])), f1(y), f1(p.x(r.line[1])), f1(y))
		}
		for _, m := range r.marks {
			b.WriteString(m.form.draw(p.x(m.at), y))
		}
		fmt.Fprintf(&b, `<text x="%s" y="%s">%s</text>`, f1(left+middle+12), f1(y+4), html.EscapeString(r.text))
	}
	if p.rule != nil {
		at := f1(p.x(*p.rule))
		fmt.Fprintf(&b, `<line x1="%s" y1="%s" x2="%s" y2="%s" class="r"/><text x="%s" y="%s" text-anchor="middle" class="k">%s</text>`, at, f1(top-4), at, f1(foot), at, f1(top-6), html.EscapeString(p.ruleText))
	}
	b.WriteString("</svg>")
	return b.String()
}

// x is where a value lies; what is beyond the axis lies at its end.
func (p plot) x(v float64) float64 {
	if !(p.to > p.from) || math.IsNaN(v) {
		return left
	}
	share := (v - p.from) / (p.to - p.from)
	return left + float64(float64(middle)*min(1, max(0, share)))
}

func (f form) draw(x, y float64) string {
	if f == diamond {
		return fmt.Sprintf(`<path d="M%s %sl6 6l-6 6l-6 -6z" class="d"/>`, f1(x), f1(y-6))
	}
	return fmt.Sprintf(`<circle cx="%s" cy="%s" r="5" class="c"/>`, f1(x), f1(y))
}

// f1 writes a coordinate.
func f1(x float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0") }

// short cuts a label to what has room.
func short(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return strings.TrimRight(string(runes[:n-1]), " ,.;:") + "…"
}

// percents are the ticks of shares up to at least most, and where they end.
func percents(most float64) (float64, []tick) {
	end, step := 100, 20
	switch {
	case most <= 0.25:
		end, step = 25, 5
	case most <= 0.5:
		end, step = 50, 10
	}
	var ticks []tick
	for at := 0; at <= end; at += step {
		ticks = append(ticks, tick{float64(at) / 100, fmt.Sprintf("%d %%", at)})
	}
	return float64(end) / 100, ticks
}

// block is a plot with its caption.
func (p plot) block(caption string) Block { return Block{Figure: &Figure{caption, p.svg()}} }
