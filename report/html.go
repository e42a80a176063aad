package report

import (
	"html/template"
	"io"
)

// HTML writes the report as one page without anything from elsewhere.
func (r Report) HTML(w io.Writer) error { return page.Execute(w, r) }

// Contents are the chapters.
func (r Report) Contents() (chapters []Section) {
	for _, s := range r.Sections {
		if s.Level == 2 {
			chapters = append(chapters, s)
		}
	}
	return chapters
}

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"heading": heading, "number": number,
	"svg": func(f Figure) template.HTML { return template.HTML(f.SVG) }, // drawn by plot, which escapes its words
}).Parse(`<!doctype html>
<html lang="{{.Lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>
body { font: 16px/1.5 system-ui, "Liberation Sans", sans-serif; color: #1a1a1a; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.9rem; line-height: 1.2; } h2 { margin-top: 3rem; border-bottom: 2px solid #1a1a1a; } h3 { margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1.5rem; font-size: 0.9rem; }
li { overflow-wrap: anywhere; } caption { text-align: left; font-weight: bold; padding: 0.25rem 0; }
th, td { text-align: left; padding: 0.25rem 0.6rem 0.25rem 0; border-bottom: 1px solid #bbb; vertical-align: top; overflow-wrap: break-word; }
th { border-bottom: 2px solid #555; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.v { white-space: nowrap; padding-left: 0.5rem; } .pass { color: #0b5d1e; } .fail { color: #a30000; font-weight: bold; } .unknown { color: #5a4a00; } .reported { color: #333; }
.notice { border: 2px solid #a30000; padding: 0.5rem 1rem; font-weight: bold; }
dl { display: grid; grid-template-columns: max-content auto; gap: 0.1rem 1rem; } dt { font-weight: bold; } dd { margin: 0; }
figure { margin: 1rem 0 1.5rem; } figcaption { font-weight: bold; }
svg { max-width: 100%; height: auto; font: 13px system-ui, "Liberation Sans", sans-serif; }
svg text { fill: #1a1a1a; } svg .k { fill: #444; font-size: 12px; } svg .g { stroke: #ddd; } svg .b { fill: #0b5394; } svg .l { stroke: #777; stroke-width: 2; }
svg .c { fill: #0b5394; } svg .d { fill: #fff; stroke: #b45f06; stroke-width: 2; } svg .r { stroke: #a30000; stroke-dasharray: 4 3; stroke-width: 1.5; }
pre { background: #f3f3f3; padding: 0.6rem 0.8rem; overflow-x: auto; font-size: 0.85rem; white-space: pre-wrap; overflow-wrap: anywhere; }
nav ol { columns: 2; }
@media print { body { max-width: none; margin: 0; font-size: 10pt; } h2 { break-before: page; } h2, h3, caption { break-after: avoid; } tr, figure { break-inside: avoid; } thead { display: table-header-group; } nav { display: none; } }
</style>
</head>
<body>
<header>
<h1>{{.Title}}</h1>
{{with .Notice}}<p class="notice">{{.}}</p>
{{end}}<dl>{{range .About}}<dt>{{.Name}}</dt><dd>{{.Text}}</dd>{{end}}</dl>
</header>
<nav aria-label="Contents"><ol>{{range .Contents}}<li><a href="#{{.ID}}">{{.Title}}</a></li>{{end}}</ol></nav>
<main>
{{range .Sections}}{{if eq .Level 2}}<h2 id="{{.ID}}">{{.Title}}</h2>
{{else}}<h3 id="{{.ID}}">{{.Title}}</h3>
{{end}}{{range .Blocks}}{{with .Text}}<p>{{.}}</p>
{{end}}{{with .Items}}<ul>{{range .}}<li>{{.}}</li>{{end}}</ul>
{{end}}{{with .Code}}<pre>{{range .}}{{.}}
{{end}}</pre>
{{end}}{{with .Figure}}<figure><figcaption>{{.Caption}}</figcaption>{{svg .}}</figure>
{{end}}{{with .Table}}<table>{{with .Caption}}<caption>{{.}}</caption>{{end}}
<thead><tr>{{range .Head}}<th scope="col"{{if number .}} class="n"{{end}}>{{heading .}}</th>{{end}}</tr></thead>
<tbody>{{$head := .Head}}{{range .Rows}}
<tr>{{range $i, $c := .}}{{if $c.Verdict}}<td class="v {{$c.Verdict}}">{{$c.Text}}</td>{{else}}<td{{if number (index $head $i)}} class="n"{{end}}>{{$c.Text}}</td>{{end}}{{end}}</tr>{{end}}
</tbody></table>
{{end}}{{end}}{{end}}</main>
</body>
</html>
`))
