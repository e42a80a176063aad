package notary

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Limits of a policy. A note has at most 100 signatures.
const (
	MaxPolicy = 64 << 10 // bytes of its file
	maxParts  = 64       // logs, witnesses and groups, of each
	maxName   = 100      // bytes of the name of a witness or group
	maxURL    = 500
)

// ParsePolicy reads a policy (https://c2sp.org/tlog-policy), a line for each part, its fields separated by blanks or tabs:
//
//	log <vkey> [<url>]
//	witness <name> <vkey> [<url>]
//	group <name> <k|all|any> <member>...
//	quorum <name|none>
//	# a comment, on a line of its own
//
// Names stand before they are used, so groups have no cycles. No key stands twice, under whatever name, and no name is a member of two groups: nobody counts
// twice. What two readers could understand differently is refused: the error wraps ErrForm and names the line.
func ParsePolicy(text []byte) (*Policy, error) {
	if len(text) > MaxPolicy {
		return nil, fmt.Errorf("policy: %w: it is longer than %d bytes", ErrForm, MaxPolicy)
	}
	r := policyReader{policy: &Policy{}, names: map[string]bool{}, members: map[string]bool{}, keys: map[string]bool{}, hashes: map[string]bool{}}
	for i, line := range strings.Split(string(text), "\n") {
		if err := r.line(line); err != nil {
			return nil, fmt.Errorf("policy: %w: line %d: %w", ErrForm, i+1, err)
		}
	}
	if r.policy.Quorum == "" {
		return nil, fmt.Errorf("policy: %w: it has no quorum; the line 'quorum none' asks for no witnesses", ErrForm)
	}
	return r.policy, nil
}

type policyReader struct {
	policy  *Policy
	names   map[string]bool // of witnesses and groups
	members map[string]bool // names that are in a group
	keys    map[string]bool // public keys, without type and name
	hashes  map[string]bool // name+hash: by these a note finds its keys
}

func (r *policyReader) line(line string) error {
	if at := strings.IndexFunc(line, func(c rune) bool { return c < 0x20 && c != '\t' || c == 0x7f }); at >= 0 {
		if line[at] == '\r' {
			return errors.New("it ends as lines do on Windows; write it with Unix line ends")
		}
		return fmt.Errorf("the control character %#02x", line[at])
	}
	if !utf8.ValidString(line) {
		return errors.New("it is not UTF-8")
	}
	fields := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' })
	if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
		return nil
	}
	for _, f := range fields {
		if strings.ContainsFunc(f, unicode.IsSpace) {
			return fmt.Errorf("%q has a blank in it that is neither a space nor a tab", f)
		}
		if strings.Contains(f, "#") {
			return errors.New("a comment stands on a line of its own")
		}
	}
	switch fields[0] {
	case "log":
		return r.log(fields[1:])
	case "witness":
		return r.witness(fields[1:])
	case "group":
		return r.group(fields[1:])
	case "quorum":
		return r.quorum(fields[1:])
	}
	return fmt.Errorf("%q is none of log, witness, group, quorum", fields[0])
}

func (r *policyReader) log(fields []string) error {
	if len(fields) < 1 || len(fields) > 2 {
		return errors.New("it has the form: log <vkey> [<url>]")
	}
	if len(r.policy.Logs) == maxParts {
		return fmt.Errorf("more than %d logs", maxParts)
	}
	_, _, key, err := parseKey(fields[0])
	if err != nil {
		return err
	}
	if key[0] == typeCosignature {
		return fmt.Errorf("%s is the key of a witness, not of a log", fields[0])
	}
	v, err := note.NewVerifier(fields[0])
	if err != nil {
		return fmt.Errorf("%s: %w", fields[0], err)
	}
	if again, err := note.NewEd25519VerifierKey(v.Name(), key[1:]); err != nil || again != fields[0] {
		return fmt.Errorf("%s is not the one way to write this key: %s", fields[0], again)
	}
	if err := r.key(v, key[1:]); err != nil {
		return err
	}
	l := Log{Key: v}
	if l.URL, err = address(fields[1:]); err != nil {
		return err
	}
	r.policy.Logs = append(r.policy.Logs, l)
	return nil
}

func (r *policyReader) witness(fields []string) error {
	if len(fields) < 2 || len(fields) > 3 {
		return errors.New("it has the form: witness <name> <vkey> [<url>]")
	}
	if len(r.policy.Witnesses) == maxParts {
		return fmt.Errorf("more than %d witnesses", maxParts)
	}
	w := Witness{Name: fields[0]}
	err := r.name(w.Name)
	if err == nil {
		w.Key, err = parseWitnessKey(fields[1])
	}
	if err == nil {
		err = r.key(w.Key, w.Key.key)
	}
	if err == nil {
		w.URL, err = address(fields[2:])
	}
	r.policy.Witnesses = append(r.policy.Witnesses, w)
	return err
}

func (r *policyReader) group(fields []string) error {
	if len(fields) < 3 {
		return errors.New("it has the form: group <name> <k|all|any> <member> [<member>]")
	}
	if len(r.policy.Groups) == maxParts {
		return fmt.Errorf("more than %d groups", maxParts)
	}
	g := Group{Name: fields[0], Members: slices.Clone(fields[2:])}
	for _, m := range g.Members {
		switch {
		case m == NoQuorum:
			return fmt.Errorf("%q is no member of a group", NoQuorum)
		case !r.names[m]:
			return fmt.Errorf("%q is no witness and no group that stands before", m)
		case r.members[m]:
			return fmt.Errorf("%q is a member already: nobody counts twice", m)
		}
		r.members[m] = true
	}
	if err := r.name(g.Name); err != nil {
		return err
	}
	switch k := fields[1]; k {
	case "any":
		g.Need = 1
	case "all":
		g.Need = len(g.Members)
	default:
		n, err := strconv.Atoi(k)
		if err != nil || n < 1 || n > len(g.Members) || strconv.Itoa(n) != k {
			return fmt.Errorf("%q: a group of %d members needs 1 to %d of them, any, or all", k, len(g.Members), len(g.Members))
		}
		g.Need = n
	}
	r.policy.Groups = append(r.policy.Groups, g)
	return nil
}

func (r *policyReader) quorum(fields []string) error {
	switch {
	case len(fields) != 1:
		return errors.New("it has the form: quorum <name|none>")
	case r.policy.Quorum != "":
		return errors.New("there is a quorum already")
	case fields[0] != NoQuorum && !r.names[fields[0]]:
		return fmt.Errorf("%q is no witness and no group that stands before", fields[0])
	}
	r.policy.Quorum = fields[0]
	return nil
}

// name takes the name of a witness or a group; they share one space of names.
func (r *policyReader) name(name string) error {
	switch {
	case name == NoQuorum:
		return fmt.Errorf("%q is not free as a name", NoQuorum)
	case len(name) > maxName:
		return fmt.Errorf("a name has at most %d bytes", maxName)
	case r.names[name]:
		return fmt.Errorf("%q stands for something else already", name)
	}
	r.names[name] = true
	return nil
}

// key takes a key. One that stands there already counts as the same, whatever it is called and used for: a log does not witness itself.
func (r *policyReader) key(v note.Verifier, public []byte) error {
	hash := fmt.Sprintf("%s+%08x", v.Name(), v.KeyHash())
	if r.keys[string(public)] || r.hashes[hash] {
		return fmt.Errorf("the key of %s stands there already", hash)
	}
	r.keys[string(public)], r.hashes[hash] = true, true
	return nil
}

// address reads the address of a log or witness, if there is one: http or https, and nothing that a path cannot be added to.
func address(fields []string) (string, error) {
	if len(fields) == 0 {
		return "", nil
	}
	u, err := url.Parse(fields[0])
	if err != nil || len(fields[0]) > maxURL || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery {
		return "", fmt.Errorf("%q is no address: it begins with https:// or http:// and has neither user nor query", fields[0])
	}
	return strings.TrimRight(fields[0], "/"), nil
}
