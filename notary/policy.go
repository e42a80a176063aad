package notary

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// A Policy says which checkpoints are believed: those that one of its logs signed, and a quorum of its witnesses cosigned. ParsePolicy makes one.
type Policy struct {
	Logs      []Log
	Witnesses []Witness
	Groups    []Group // in the order of the file: a group follows its members
	Quorum    string  // the name of a witness or a group, or NoQuorum
}

// A Log may sign the checkpoints whose origin is the name of its key.
type Log struct {
	Key note.Verifier
	URL string // where it is published; may be empty
}

// A Witness cosigns.
type Witness struct {
	Name string // in the policy; its key has a name of its own
	Key  *WitnessKey
	URL  string // its submission prefix, without a slash at its end; may be empty
}

// A Group has cosigned when Need of its members have. Members are witnesses and earlier groups, and nothing is a member twice.
type Group struct {
	Name    string
	Need    int
	Members []string
}

// NoQuorum is the quorum of a policy that asks for no cosignatures.
const NoQuorum = "none"

// A Cosignature that holds.
type Cosignature struct {
	Witness string // its name in the policy
	Time    int64  // when it was made, in unix seconds, by the witness's clock
}

var _ note.Verifiers = (*Policy)(nil)

// Verifier gives the key of a log or a witness of the policy, so that note.Open can have the policy as the keys that are known.
func (p *Policy) Verifier(name string, hash uint32) (note.Verifier, error) {
	for _, l := range p.Logs {
		if l.Key.Name() == name && l.Key.KeyHash() == hash {
			return l.Key, nil
		}
	}
	for _, w := range p.Witnesses {
		if w.Key.name == name && w.Key.hash == hash {
			return w.Key, nil
		}
	}
	return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
}

// For gives the policy for one log whose key is known already: the one that a person was handed. A policy that names logs must name this one.
func (p *Policy) For(log note.Verifier) (*Policy, error) {
	of := &Policy{Witnesses: p.Witnesses, Groups: p.Groups, Quorum: p.Quorum, Logs: []Log{{Key: log}}}
	if len(p.Logs) == 0 {
		return of, nil
	}
	for _, l := range p.Logs {
		// The hash is too short to tell keys apart, and need not: the key that was handed over is the one that checks.
		if l.Key.Name() == log.Name() && l.Key.KeyHash() == log.KeyHash() {
			of.Logs[0].URL = l.URL
			return of, nil
		}
	}
	return nil, fmt.Errorf("policy: %w: it is not about the log %s+%08x", ErrSignature, log.Name(), log.KeyHash())
}

// Check tells whether a signed checkpoint is to be believed: a log of the policy signed it under its own name, and a quorum cosigned it. The error wraps
// ErrSignature, and says who is missing. Signatures of others do not matter; one that is said to be of a known key and does not hold spoils the note.
func (p *Policy) Check(signed []byte) error {
	if len(p.Logs) == 0 {
		return fmt.Errorf("policy: %w: the policy names no log whose signature could be checked", ErrSignature)
	}
	n, err := p.open(signed, p)
	if err != nil {
		return err
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return err
	}
	ofLog := func(s note.Signature) bool {
		return slices.ContainsFunc(p.Logs, func(l Log) bool {
			return l.Key.Name() == c.Origin && s.Name == l.Key.Name() && s.Hash == l.Key.KeyHash()
		})
	}
	if !slices.ContainsFunc(n.Sigs, ofLog) {
		return fmt.Errorf("policy: %w: no log of the policy has signed this checkpoint of %q", ErrSignature, c.Origin)
	}
	return p.CheckQuorum(p.cosignatures(n))
}

// Cosignatures gives the cosignatures by witnesses of the policy, in the policy's order and one a witness. The log's signature is not looked at.
func (p *Policy) Cosignatures(signed []byte) ([]Cosignature, error) {
	n, err := p.open(signed, &Policy{Witnesses: p.Witnesses})
	if err != nil {
		return nil, err
	}
	return p.cosignatures(n), nil
}

// open checks the signatures of known keys; there may be none.
func (p *Policy) open(signed []byte, known note.Verifiers) (*note.Note, error) {
	if len(signed) > MaxNote {
		return nil, fmt.Errorf("policy: %w: the checkpoint is longer than %d bytes", ErrForm, MaxNote)
	}
	n, err := note.Open(signed, known)
	var none *note.UnverifiedNoteError
	var broken *note.InvalidSignatureError
	switch {
	case errors.As(err, &none):
		return none.Note, checkBase64(none.Note)
	case errors.As(err, &broken):
		return nil, fmt.Errorf("policy: %w: that of %s+%08x does not hold", ErrSignature, broken.Name, broken.Hash)
	case err != nil:
		return nil, fmt.Errorf("policy: %w: the checkpoint is no signed note", ErrForm)
	}
	return n, checkBase64(n)
}

func (p *Policy) cosignatures(n *note.Note) []Cosignature {
	var have []Cosignature
	for _, w := range p.Witnesses {
		for _, s := range n.Sigs { // one a key: note.Open drops the others
			if s.Name == w.Key.name && s.Hash == w.Key.hash {
				if at, err := CosignatureTime(s); err == nil {
					have = append(have, Cosignature{w.Name, at})
				}
			}
		}
	}
	return have
}

// CheckQuorum tells whether witnesses that cosigned are a quorum. The error wraps ErrSignature, and says who is missing.
func (p *Policy) CheckQuorum(have []Cosignature) error {
	met := map[string]bool{NoQuorum: true}
	for _, c := range have {
		met[c.Witness] = true
	}
	cosigned := maps.Clone(met)
	of := map[string]Group{}
	for _, g := range p.Groups {
		n := 0
		for _, m := range g.Members {
			if met[m] {
				n++
			}
		}
		met[g.Name], of[g.Name] = n >= g.Need, g
	}
	if met[p.Quorum] {
		return nil
	}
	// The witnesses that the quorum rests on, by way of groups that have not cosigned.
	inQuorum := map[string]bool{}
	var why []string
	for look := []string{p.Quorum}; len(look) > 0; look = look[1:] {
		g, isGroup := of[look[0]]
		switch {
		case !isGroup:
			inQuorum[look[0]] = true
		case !met[g.Name]:
			why = append(why, fmt.Sprintf("%q needs %d of %s", g.Name, g.Need, strings.Join(g.Members, ", ")))
			look = append(look, g.Members...)
		}
	}
	var missing []string
	for _, w := range p.Witnesses {
		if inQuorum[w.Name] && !cosigned[w.Name] {
			missing = append(missing, w.Name)
		}
	}
	return fmt.Errorf("policy: %w: there is no quorum of witnesses; missing: %s%s", ErrSignature, strings.Join(missing, ", "), parenthesis(why))
}

func parenthesis(why []string) string {
	if len(why) == 0 {
		return ""
	}
	return " (" + strings.Join(why, "; ") + ")"
}
