package main

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/commands"
)

func (p *program) schemaCommand() *cobra.Command {
	c := args(&cobra.Command{
		Use:   "schema [NAME]",
		Short: "List the commands, or print the JSON Schema of one",
		Long: `Lists the commands that 'daybook run' and the HTTP API take, or prints the JSON Schema (2020-12) of a line with the command NAME: which
members it has, which of them are required, and what they may hold. A line that the schema admits may still be rejected by a rule.`,
		Example: "  daybook schema\n  daybook schema cast-ballot",
	}, cobra.MaximumNArgs(1))
	c.RunE = func(c *cobra.Command, names []string) error {
		if len(names) == 0 {
			return p.listCommands()
		}
		found, ok := commands.ByName(names[0])
		if !ok {
			return usageError{fmt.Errorf("there is no command %q; 'daybook schema' lists them", names[0])}
		}
		return writeJSON(p.out, found.Schema(), "  ")
	}
	return c
}

func (p *program) listCommands() error {
	type row struct {
		Name  string `json:"name"`
		About string `json:"about"`
	}
	all := []row{}
	for _, c := range commands.All() {
		all = append(all, row{c.Name, c.About})
	}
	return printRows(p, all, all, table.Row{"command", "what it does"}, func(r row) table.Row { return table.Row{r.Name, r.About} })
}
