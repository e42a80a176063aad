package report

import (
	"bufio"
	"io"
	"strings"
)

// Markdown writes the report as CommonMark with tables; plots are blocks of SVG, and every one stands above a table or words that say the same.
func (r Report) Markdown(w io.Writer) error {
	b := bufio.NewWriter(w)
	line := func(parts ...string) {
		for _, p := range parts {
			_, _ = b.WriteString(p) // Flush tells
		}
		_, _ = b.WriteString("\n")
	}
	line("# ", escape(r.Title))
	line()
	if r.Notice != "" {
		line("**", escape(r.Notice), "**")
		line()
	}
	for _, t := range r.About {
		line("- ", t.Name, ": ", escape(t.Text))
	}
	for _, s := range r.Sections {
		line()
		line(strings.Repeat("#", s.Level), " ", escape(s.Title))
		for _, block := range s.Blocks {
			line()
			block.markdown(line)
		}
	}
	return b.Flush()
}

func (block Block) markdown(line func(...string)) {
	if block.Text != "" {
		line(escape(block.Text))
	}
	for _, i := range block.Items {
		line("- ", escape(i))
	}
	if len(block.Code) > 0 {
		line("```sh")
		for _, c := range block.Code {
			line(c)
		}
		line("```")
	}
	if f := block.Figure; f != nil {
		line(`<figure><figcaption>`, f.Caption, `</figcaption>`, f.SVG, `</figure>`)
	}
	if t := block.Table; t != nil {
		t.markdown(line)
	}
}

func (t *Table) markdown(line func(...string)) {
	if t.Caption != "" {
		line("**", escape(t.Caption), "**")
		line()
	}
	head, rule := make([]string, len(t.Head)), make([]string, len(t.Head))
	for i, h := range t.Head {
		head[i], rule[i] = escape(heading(h)), "---"
		if number(h) {
			rule[i] = "---:"
		}
	}
	line("| ", strings.Join(head, " | "), " |")
	line("| ", strings.Join(rule, " | "), " |")
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = escape(c.Text)
		}
		line("| ", strings.Join(cells, " | "), " |")
	}
}

// escape keeps words from being taken for marks, HTML, or a new cell or line.
func escape(s string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "<", "&lt;", ">", "&gt;", "&", "&amp;", "[", "\\[", "]", "\\]", "#", "\\#", "\n", " ", "\r", " ").Replace(s)
}
