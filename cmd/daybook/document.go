package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
)

// printDocument prints the JSON of a document: its very bytes as ndjson, indented as json, and as rows of path and value otherwise.
func (p *program) printDocument(data []byte) error {
	if p.output == "ndjson" {
		_, err := fmt.Fprintf(p.out, "%s\n", data)
		return err
	}
	if p.output == "json" {
		var b bytes.Buffer
		if err := json.Indent(&b, data, "", "  "); err != nil {
			return err
		}
		_, err := fmt.Fprintf(p.out, "%s\n", b.Bytes())
		return err
	}
	rows, err := flatten(data)
	if err != nil {
		return err
	}
	return printRows(p, nil, rows, table.Row{"field", "value"}, func(r [2]string) table.Row { return table.Row{r[0], r[1]} })
}

// flatten turns a document into rows of path and value, in the document's order.
func flatten(data []byte) ([][2]string, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	rows := [][2]string{}
	var walk func(path string) error
	walk = func(path string) error {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case json.Delim:
			for i := 0; d.More(); i++ {
				name := fmt.Sprintf("%d", i)
				if t == '{' {
					key, err := d.Token()
					if err != nil {
						return err
					}
					name = fmt.Sprint(key)
				}
				if path != "" {
					name = path + "." + name
				}
				if err := walk(name); err != nil {
					return err
				}
			}
			_, err = d.Token()
			return err
		default:
			rows = append(rows, [2]string{path, fmt.Sprint(t)})
		}
		return nil
	}
	return rows, walk("")
}
