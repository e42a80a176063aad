package bearer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"time"

	"daybook.internal/access"
	"daybook.internal/domain"
)

// A Policy says whose tokens are taken, and what they grant: the file of 'daybook serve --auth'.
type Policy struct {
	Issuer   string   `json:"issuer"`             // as it stands in "iss"; its keys are found by discovery
	JWKS     string   `json:"jwks,omitempty"`     // the address of its keys, where discovery is not offered
	Audience string   `json:"audience"`           // one of those in "aud"
	Skew     Duration `json:"skew,omitzero"`      // how far clocks may differ; default 30s, at most 5m
	MaxAge   Duration `json:"maxAge,omitzero"`    // how long after "iat" a token is taken at most; default: as long as it says
	Person   string   `json:"person,omitempty"`   // the claim that names the person, the same in all their tokens; default "sub"
	Verbatim bool     `json:"verbatim,omitempty"` // the claim is a pseudonym already and stands in the record as it is
	Builtin  bool     `json:"builtin,omitempty"`  // tokens of 'daybook token' are taken besides
	Grants   []Rule   `json:"grants"`
}

// A Rule gives a grant to whoever has a claim. A name that begins with a slash is a JSON pointer into the claims.
type Rule struct {
	Claim string      `json:"claim"`
	Value string      `json:"value"` // the claim is this, lists it, or has it among its words
	Role  domain.Role `json:"role"`

	Edition  domain.EditionID  `json:"edition,omitempty"`
	Dialogue domain.DialogueID `json:"dialogue,omitempty"`
	Table    domain.TableID    `json:"table,omitempty"`
	Partner  domain.PartnerID  `json:"partner,omitempty"`

	// The claims that name the place, in the place of the names above. One that lists several gives a grant for each; one that is not there gives none.
	EditionFrom  string `json:"editionFrom,omitempty"`
	DialogueFrom string `json:"dialogueFrom,omitempty"`
	TableFrom    string `json:"tableFrom,omitempty"`
	PartnerFrom  string `json:"partnerFrom,omitempty"`
}

// A Duration is written as Go writes it: "30s".
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// maxSkew is how far clocks may differ at most: a token that is good for minutes must not become one for hours.
const maxSkew = 5 * time.Minute

// ReadPolicy reads the file of a policy.
func ReadPolicy(path string) (Policy, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Policy{}, err
	}
	p, err := ParsePolicy(text)
	if err != nil {
		return Policy{}, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// ParsePolicy reads a policy, and says what is wrong with it.
func ParsePolicy(text []byte) (Policy, error) {
	if _, err := readClaims(text); err != nil {
		return Policy{}, errors.New("no JSON object, or one in which a member stands twice")
	}
	p := Policy{Skew: Duration(30 * time.Second), Person: "sub"}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Policy{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return Policy{}, errors.New("it goes on behind its end")
	}
	for what, address := range map[string]string{"issuer": p.Issuer, "jwks": p.JWKS} {
		if what == "jwks" && address == "" {
			continue
		}
		if err := isSecure(address); err != nil {
			return Policy{}, fmt.Errorf("%s: %w", what, err)
		}
	}
	switch {
	case p.Audience == "":
		return Policy{}, errors.New("audience: whom the tokens are for; without it, tokens for others would be taken")
	case p.Skew < 0 || time.Duration(p.Skew) > maxSkew:
		return Policy{}, fmt.Errorf("skew: 0s to %s", maxSkew)
	case p.MaxAge < 0:
		return Policy{}, errors.New("maxAge: a time, or none")
	case p.Person == "":
		return Policy{}, errors.New("person: the claim that names the person")
	case len(p.Grants) == 0:
		return Policy{}, errors.New("grants: nobody would be granted anything")
	}
	for i, r := range p.Grants {
		if err := r.check(); err != nil {
			return Policy{}, fmt.Errorf("grants, the %d. one: %w", i+1, err)
		}
	}
	return p, nil
}

// isSecure wants addresses that nobody on the way can answer for.
func isSecure(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return errors.New("is an address, as https://login.example.org/realms/dialogue")
	}
	if host := u.Hostname(); u.Scheme != "https" && (u.Scheme != "http" || !slices.Contains([]string{"127.0.0.1", "::1", "localhost"}, host)) {
		return errors.New("is to begin with https://; http:// is taken from this machine alone")
	}
	return nil
}

func (r Rule) check() error {
	if r.Claim == "" || r.Value == "" {
		return errors.New("claim and value say who gets it")
	}
	for _, both := range [][2]string{
		{string(r.Edition), r.EditionFrom}, {string(r.Dialogue), r.DialogueFrom}, {string(r.Table), r.TableFrom}, {string(r.Partner), r.PartnerFrom},
	} {
		if both[0] != "" && both[1] != "" {
			return errors.New("a place is named, or a claim that names it, not both")
		}
	}
	fill := func(name, from string) string {
		if from != "" {
			return "any"
		}
		return name
	}
	return access.Grant{
		Role: r.Role, Edition: domain.EditionID(fill(string(r.Edition), r.EditionFrom)), Dialogue: domain.DialogueID(fill(string(r.Dialogue), r.DialogueFrom)),
		Table: domain.TableID(fill(string(r.Table), r.TableFrom)), Partner: domain.PartnerID(fill(string(r.Partner), r.PartnerFrom)),
	}.Check()
}

// maxGrants is how many grants one token has.
const maxGrants = 256

// grants are those that claims have by the rules. A claim that is named for a place and does not name one gives nothing, and never a grant without limits.
func (p Policy) grants(c claims) (all []access.Grant) {
	for _, r := range p.Grants {
		if !c.says(r.Claim, r.Value) {
			continue
		}
		some := []access.Grant{{Role: r.Role, Edition: r.Edition, Dialogue: r.Dialogue, Table: r.Table, Partner: r.Partner}}
		for _, part := range []struct {
			from string
			set  func(*access.Grant, string)
		}{
			{r.EditionFrom, func(g *access.Grant, v string) { g.Edition = domain.EditionID(v) }},
			{r.DialogueFrom, func(g *access.Grant, v string) { g.Dialogue = domain.DialogueID(v) }},
			{r.TableFrom, func(g *access.Grant, v string) { g.Table = domain.TableID(v) }},
			{r.PartnerFrom, func(g *access.Grant, v string) { g.Partner = domain.PartnerID(v) }},
		} {
			if part.from == "" {
				continue
			}
			var named []access.Grant
			for _, v := range c.values(part.from) {
				for _, g := range some {
					if v != "" && len(named) < maxGrants {
						part.set(&g, v)
						named = append(named, g)
					}
				}
			}
			some = named
		}
		for _, g := range some {
			if g.Check() == nil && !slices.Contains(all, g) && len(all) < maxGrants {
				all = append(all, g)
			}
		}
	}
	return all
}
