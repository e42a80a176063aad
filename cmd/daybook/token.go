package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/access"
	"daybook.internal/access/bearer"
	"daybook.internal/domain"
)

func (p *program) tokenCommand() *cobra.Command {
	var dir, subject string
	var roles []string
	var g access.Grant
	var ttl time.Duration
	c := args(&cobra.Command{
		Use:   "token",
		Short: "Issue a token with which somebody sends commands in a role",
		Long: `Issues a token and prints it. Whoever sends it as 'Authorization: Bearer TOKEN' may send the commands of its role, at the place that it names, until it expires;
docs/access.md has the table of who may do what.

A role belongs to a place. ` + rolesHelp() + `

The subject is a pseudonym of the person, and stands in the record with everything that they do. Give everybody one of their own, and the same one in all their tokens: the rules
that need two people (nobody reviews their own words, no clerk counts twice) know people by it. Without --subject a new person begins, and the words on stderr say as whom.

The first use makes the key that signs tokens, DIR/access/issuer.key, readable by you alone; who has it can be anybody. A token is shown once. 'daybook token list' shows what was
issued, 'daybook token revoke' takes one back, which a running server sees at once.

With -o json: {"id", "subject", "grants": [{"role", "edition", "dialogue", "table", "partner"}], "issued", "expires", "token"}.`,
		Example: "  daybook token --role nationalPartner --dialogue dl_FR --ttl 12h --data ./data\n  daybook token --role tallyClerk --dialogue dl_FR --subject u_anna --ttl 10h\n" +
			"  daybook token --role noteTaker --dialogue dl_FR --table 3 --ttl 10h\n  daybook token --role coordinator --role synthesisEditor --edition ed_2027 --subject u_bo --ttl 720h",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if len(roles) == 0 {
			return usageError{hint(errors.New("--role says what the token is for"), c)}
		}
		var grants []access.Grant
		for _, r := range roles {
			g.Role = domain.Role(r)
			if err := g.Check(); err != nil {
				return usageError{hint(err, c)}
			}
			grants = append(grants, g)
		}
		if ttl < time.Second || ttl > bearer.MaxTTL {
			return usageError{hint(fmt.Errorf("--ttl is 1s to %dh", int(bearer.MaxTTL.Hours())), c)}
		}
		if subject == "" {
			subject = "u_" + strings.ToLower(rand.Text()[:16])
		}
		token, as, made, err := accessDir(dir).Issue(subject, grants, time.Now(), ttl)
		if err != nil {
			return err
		}
		if made {
			p.say("%s/access/issuer.key is the new key that signs tokens: who has it can be anybody", dir)
		}
		p.say("token %s for %s as %s, good until %s", as.ID, subject, strings.Join(roles, ", "), as.Expires.Format(time.RFC3339))
		if p.output == "table" {
			_, err := fmt.Fprintln(p.out, token)
			return err
		}
		row := struct {
			bearer.Issued
			Token string `json:"token"`
		}{as, token}
		return printRows(p, row, []any{row}, table.Row{"id", "subject", "expires", "token"}, func(any) table.Row { return table.Row{as.ID, as.Subject, as.Expires.Format(time.RFC3339), token} })
	}
	dataFlag(c, &dir)
	c.Flags().StringSliceVar(&roles, "role", nil, "the role; several, each at the same place, by giving it again")
	c.Flags().StringVar((*string)(&g.Edition), "edition", "", "the edition (default: every edition)")
	c.Flags().StringVar((*string)(&g.Dialogue), "dialogue", "", "the dialogue")
	c.Flags().StringVar((*string)(&g.Table), "table", "", "the table of the dialogue")
	c.Flags().StringVar((*string)(&g.Partner), "partner", "", "the partner on whose behalf")
	c.Flags().StringVar(&subject, "subject", "", "the person's pseudonym: letters, digits and . _ ~ - (default: a new one)")
	c.Flags().DurationVar(&ttl, "ttl", 12*time.Hour, "how long it is good")
	c.AddCommand(p.tokenListCommand(), p.tokenRevokeCommand())
	return c
}

// rolesHelp says where each role is had.
func rolesHelp() string {
	at := map[access.Level][]string{}
	for _, r := range access.Roles() {
		level, _ := access.LevelOf(r)
		at[level] = append(at[level], string(r))
	}
	return "Of an edition, or of all without --edition:\n" + strings.Join(at[access.EditionLevel], ", ") + ".\nOf a --dialogue: " + strings.Join(at[access.DialogueLevel], ", ") +
		".\nOf a --table of a --dialogue: " + strings.Join(at[access.TableLevel], ", ") + "."
}

func (p *program) tokenListCommand() *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use:     "list",
		Short:   "List the tokens that were issued: for whom, for what, until when",
		Long:    "Lists the tokens that were issued, without the tokens themselves.\n\nWith -o json: [{\"id\", \"subject\", \"grants\": [{\"role\", \"edition\", \"dialogue\", \"table\", \"partner\"}], \"issued\", \"expires\", \"revoked\"}]; revoked where it is.",
		Example: "  daybook token list --data ./data\n  daybook token list --data ./data -o json",
	}, cobra.NoArgs)
	c.RunE = func(*cobra.Command, []string) error {
		all, err := accessDir(dir).Tokens()
		if err != nil {
			return err
		}
		if all == nil {
			all = []bearer.Issued{}
		}
		return printRows(p, all, all, table.Row{"id", "subject", "grants", "expires", "state"}, func(t bearer.Issued) table.Row {
			var grants []string
			for _, g := range t.Grants {
				grants = append(grants, g.String())
			}
			state := ""
			switch {
			case t.Revoked:
				state = "revoked"
			case !time.Now().Before(t.Expires):
				state = "expired"
			}
			return table.Row{t.ID, t.Subject, strings.Join(grants, ", "), t.Expires.Format(time.RFC3339), state}
		})
	}
	dataFlag(c, &dir)
	return c
}

func (p *program) tokenRevokeCommand() *cobra.Command {
	return p.revokeCommand("tokens", "A running server refuses them from the next request on. What was done with them stays in the record.", "  daybook token revoke abcdefghijklmnop --data ./data",
		"daybook token list", bearer.Dir.RevokeToken)
}

// revokeCommand takes back what was issued, by id.
func (p *program) revokeCommand(what, means, example, list string, revoke func(bearer.Dir, string) error) *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use: "revoke ID...", Short: "Take back " + what + ", for good", Long: "Takes back " + what + " by their ids, for good. " + means, Example: example,
	}, cobra.MinimumNArgs(1))
	c.RunE = func(_ *cobra.Command, ids []string) error {
		for _, id := range ids {
			switch err := revoke(accessDir(dir), id); {
			case errors.Is(err, fs.ErrNotExist):
				return fmt.Errorf("there is no %q here; '%s --data %s' shows the ids", id, list, dir)
			case err != nil:
				return err
			}
			p.say("%s is revoked", id)
		}
		return nil
	}
	dataFlag(c, &dir)
	return c
}
