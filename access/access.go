// Package access says who may do what: one table of commands and roles (table.go), and one decision over it. It is pure. Who somebody is, package access/bearer tells.
package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"daybook.internal/domain"
)

// A Grant is a role, and where one has it. An empty part is no limit there: a coordinator without an edition is one in every edition. Roles that belong to a place have
// to name it, or the grant is worth nothing (Check).
type Grant struct {
	Role     domain.Role       `json:"role"`
	Edition  domain.EditionID  `json:"edition,omitempty"`
	Dialogue domain.DialogueID `json:"dialogue,omitempty"`
	Table    domain.TableID    `json:"table,omitempty"`
	Partner  domain.PartnerID  `json:"partner,omitempty"` // on whose behalf; empty: anybody's
}

// Check rejects a grant that names an unknown role, or not the place that its role belongs to.
func (g Grant) Check() error {
	level, known := levels[g.Role]
	switch {
	case !known:
		return fmt.Errorf("role %.40q cannot be granted; there are %s", g.Role, roleNames())
	case level >= DialogueLevel && g.Dialogue == "":
		return fmt.Errorf("the role %s belongs to a dialogue, and the grant names none", g.Role)
	case level == TableLevel && g.Table == "":
		return fmt.Errorf("the role %s belongs to a table, and the grant names none", g.Role)
	case g.Table != "" && g.Dialogue == "":
		return fmt.Errorf("the grant names a table and not its dialogue")
	}
	for _, part := range []struct{ what, id string }{
		{"edition", string(g.Edition)}, {"dialogue", string(g.Dialogue)}, {"table", string(g.Table)}, {"partner", string(g.Partner)},
	} {
		if part.id == "" {
			continue
		}
		if err := domain.CheckID(part.what, part.id); err != nil {
			return err
		}
	}
	return nil
}

// String says a grant as people do: "tallyClerk of dialogue FR".
func (g Grant) String() string {
	var where []string
	if g.Table != "" {
		where = append(where, "table "+string(g.Table))
	}
	if g.Dialogue != "" {
		where = append(where, "dialogue "+string(g.Dialogue))
	}
	if g.Edition != "" {
		where = append(where, "edition "+string(g.Edition))
	}
	if len(where) == 0 {
		return string(g.Role)
	}
	return string(g.Role) + " of " + strings.Join(where, " of ")
}

// A Principal is somebody who has proved who they are.
type Principal struct {
	// Subject is the pseudonym of the person: it stands in the record as the principal of the actor. Every token of one person has the same one; that is what rules of two people rest on.
	Subject string
	Grants  []Grant
	// Second is another person who consents to the same command, by a token of their own; nil: nobody.
	Second *Principal
	// Consumer is the id of an API key. It reads more often, and commands nothing.
	Consumer string
}

// A Scope is what a command acts on, as far as rights go. Empty parts: the command is of no dialogue, or of no table.
type Scope struct {
	Edition  domain.EditionID
	Dialogue domain.DialogueID
	Table    domain.TableID
	Partner  domain.PartnerID    // the member "partner" of its content
	Kind     string              // the member "kind"
	People   map[string][]string // the members that name somebody, by name
}

// A Denied is a command that somebody may not send. It names the rule and what the sender is, which is public, and nobody's name.
type Denied struct {
	Command string
	Role    domain.Role // as which it was sent, empty where that is open
	Because string
}

func (d *Denied) Error() string { return "forbidden: " + d.Because }

// Unwrap makes a denial a domain.Rejection, so that a line of a file is answered as rejected.
func (d *Denied) Unwrap() error { return domain.Reject(domain.ErrForbidden, "%s", d.Because) }

// Decide says whether p may send a command on a scope, and as what: the grant that it rests on. as narrows that to one role, where it is not empty. The error is a *Denied.
func Decide(p Principal, as domain.Role, command string, on Scope) (Grant, error) {
	row, known := find(command)
	role := as
	if len(p.Grants) > 0 && role == "" && !slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Role != p.Grants[0].Role }) {
		role = p.Grants[0].Role // there was no choice
	}
	no := func(format string, args ...any) (Grant, error) {
		return Grant{}, &Denied{command, role, fmt.Sprintf(format, args...)}
	}
	switch {
	case !known:
		return no("no role may %s", command)
	case p.Consumer != "":
		return no("an API key reads; no command comes with it")
	case p.Subject == "":
		return no("%s needs %s", command, row.needs(on))
	case as != "" && !slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Role == as }):
		return no("%s was asked for as %s; you are %s", command, as, p.is())
	}
	because := ""
	for _, g := range p.Grants {
		if g.Check() != nil || (as != "" && g.Role != as) {
			continue
		}
		for _, r := range row.Rights {
			if r.Role != g.Role {
				continue
			}
			why := r.refuses(g, p, row, on)
			if why == "" {
				return g, nil
			}
			because = cmp.Or(because, why)
		}
	}
	if because != "" {
		return no("%s: %s", command, because)
	}
	return no("%s needs %s; you are %s", command, row.needs(on), p.is())
}

// refuses says why a grant of the right's role is not enough, or nothing.
func (r Right) refuses(g Grant, p Principal, row Row, on Scope) string {
	switch {
	case !r.covers(g, on):
		return fmt.Sprintf("it needs %s; you are %s", row.needs(on), p.is())
	case r.Except != "" && on.Kind == r.Except:
		return fmt.Sprintf("of kind %s it is not for the role %s", on.Kind, r.Role)
	case r.Behalf && g.Partner != "" && on.Partner != g.Partner:
		return "partner is to be the one on whose behalf the token is"
	case r.Self != "" && !slices.Contains(on.People[r.Self], p.Subject):
		return fmt.Sprintf("%s is to be who sends it, and is somebody else", r.Self)
	}
	if row.Second == "" || len(on.People[row.Second]) == 0 {
		return ""
	}
	second := p.Second
	if second == nil || !slices.Contains(on.People[row.Second], second.Subject) {
		return fmt.Sprintf("%s is to consent by a token of their own (Daybook-Second)", row.Second)
	}
	for _, other := range second.Grants {
		if other.Check() == nil && other.Role == r.Role && r.covers(other, on) {
			return ""
		}
	}
	return fmt.Sprintf("%s needs %s as well", row.Second, row.needs(on))
}

// covers tells whether what a command acts on lies within a grant.
func (r Right) covers(g Grant, on Scope) bool {
	if r.Reach == WithinEdition && g.Dialogue != "" && g.Edition == "" {
		return false // nobody knows of which edition the dialogue is
	}
	return (g.Edition == "" || g.Edition == on.Edition) &&
		(r.Reach == WithinEdition || g.Dialogue == "" || g.Dialogue == on.Dialogue) &&
		(r.Reach != Own || g.Table == "" || g.Table == on.Table)
}

// May tells whether a role of somebody's may send a command anywhere: what is left to ask is where.
func May(p Principal, as domain.Role, command string) bool {
	row, known := find(command)
	return known && p.Consumer == "" && slices.ContainsFunc(row.Rights, func(r Right) bool {
		return (as == "" || as == r.Role) && p.Holds(r.Role)
	})
}

// needs says which roles a row asks for, where.
func (row Row) needs(on Scope) string {
	var names []string
	for _, r := range row.Rights {
		if name := string(r.Role); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "what no role has"
	}
	of := Grant{Edition: on.Edition, Dialogue: on.Dialogue, Table: on.Table}.String()
	return strings.Join(names, " or ") + of
}

// is says what somebody is, by their grants.
func (p Principal) is() string {
	if len(p.Grants) == 0 {
		return "nothing here"
	}
	names := make([]string, 0, len(p.Grants))
	for _, g := range p.Grants {
		if len(names) == 8 {
			names = append(names, "more")
			break
		}
		names = append(names, g.String())
	}
	return strings.Join(names, ", ")
}

// Holds tells whether somebody has one of some roles anywhere.
func (p Principal) Holds(roles ...domain.Role) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Check() == nil && slices.Contains(roles, g.Role) })
}

// Readers may read views that are not made for everybody.
func Readers() []domain.Role {
	return []domain.Role{domain.Coordinator, domain.Committee, domain.Auditor}
}
