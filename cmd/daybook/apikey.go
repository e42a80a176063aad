package main

import (
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/access/bearer"
)

func (p *program) apikeyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "apikey",
		Short: "Look after API keys: of those who read much",
		Long: `An API key is for somebody who reads much, such as a newsroom: sent as 'Authorization: Bearer db_live_…' it raises their rate. Everything that is public can be read without
one, and no command comes with one: for that there are tokens ('daybook token').

Only the SHA-256 of a key is kept, in DIR/access/apikeys, and the day on which it was used last, so that keys which nobody needs can be found.`,
	}
	c.AddCommand(p.apikeyAddCommand(), p.apikeyListCommand(), p.revokeCommand("API keys", "A running server refuses them from the next request on.",
		"  daybook apikey revoke abcdefghijklmnop --data ./data", "daybook apikey list", bearer.Dir.RevokeKey))
	return c
}

func (p *program) apikeyAddCommand() *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use:     "add NAME",
		Short:   "Make an API key, and print it once",
		Long:    "Makes an API key for NAME, the organisation that gets it, and prints it. It is shown once.\n\nWith -o json: {\"id\", \"name\", \"sha256\", \"created\", \"key\"}.",
		Example: "  daybook apikey add daily.example --data ./data",
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, names []string) error {
		key, as, err := accessDir(dir).AddKey(names[0], time.Now())
		if err != nil {
			return err
		}
		p.say("API key %s for %s", as.ID, as.Name)
		if p.output == "table" {
			_, err := fmt.Fprintln(p.out, key)
			return err
		}
		row := struct {
			bearer.APIKey
			Key string `json:"key"`
		}{as, key}
		return printRows(p, row, []any{row}, table.Row{"id", "name", "key"}, func(any) table.Row { return table.Row{as.ID, as.Name, key} })
	}
	dataFlag(c, &dir)
	return c
}

func (p *program) apikeyListCommand() *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use: "list", Short: "List the API keys: whose they are, when they were last used, and which are revoked",
		Long:    "Lists the API keys, without their secrets.\n\nWith -o json: [{\"id\", \"name\", \"sha256\", \"created\", \"revoked\", \"lastUsed\"}]; revoked where it is, lastUsed a day (UTC) where there is one.",
		Example: "  daybook apikey list --data ./data",
	}, cobra.NoArgs)
	c.RunE = func(*cobra.Command, []string) error {
		all, err := accessDir(dir).Keys()
		if err != nil {
			return err
		}
		if all == nil {
			all = []bearer.APIKey{}
		}
		return printRows(p, all, all, table.Row{"id", "name", "created", "last used", "state"}, func(k bearer.APIKey) table.Row {
			state := ""
			if k.Revoked {
				state = "revoked"
			}
			return table.Row{k.ID, k.Name, k.Created.Format(time.RFC3339), k.LastUsed, state}
		})
	}
	dataFlag(c, &dir)
	return c
}
