package bundle

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unicode/utf8"

	"daybook.internal/domain"
	"daybook.internal/notary"
	"daybook.internal/vault"
)

// annexFile is the file of openings while it is written. It is readable by its owner alone. A nil *annexFile takes nothing.
type annexFile struct {
	vault   vault.Vault
	name    string // that it will have
	file    *os.File
	w       *bufio.Writer
	taken   int
	without int
}

// newAnnex begins an annex, beside the place that it will have.
func newAnnex(v vault.Vault, name string) (*annexFile, error) {
	if v == nil {
		return nil, errors.New("annex: there is no vault, so there are no openings")
	}
	name = filepath.Clean(name)
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".partial-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("annex: %w", err)
	}
	return &annexFile{vault: v, name: name, file: f, w: bufio.NewWriter(f)}, nil
}

// opening is a line of an annex.
type opening struct {
	Event domain.EventID `json:"event"`
	Field string         `json:"field"`
	Salt  domain.Digest  `json:"salt"` // 64 hexadecimal digits
	Words string         `json:"words"`
}

// take adds the openings of what a leaf commits to, as far as the vault has them.
func (a *annexFile) take(ctx context.Context, seq uint64, leaf []byte) error {
	if a == nil {
		return nil
	}
	r, err := notary.ParseLeaf(seq, leaf)
	if err != nil {
		return err
	}
	fact, err := r.Decode()
	if err != nil {
		return fmt.Errorf("annex: %w", err)
	}
	for field, commitment := range domain.Commitments(fact.Event) {
		o, err := a.vault.Open(ctx, vault.Place{Event: fact.ID, Field: field})
		switch {
		case errors.Is(err, vault.ErrNotFound):
			a.without++
			continue
		case err == nil && (o.Commitment() != commitment || !utf8.Valid(o.Words)):
			err = vault.ErrDamaged
		}
		if err != nil {
			return fmt.Errorf("annex: %s of event %d (%s): %w", field, seq, fact.ID, err)
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(opening{fact.ID, field, domain.Digest(o.Salt), string(o.Words)}); err != nil {
			return fmt.Errorf("annex: %w", err)
		}
		if _, err := a.w.Write(b.Bytes()); err != nil {
			return fmt.Errorf("annex: %w", err)
		}
		a.taken++
	}
	return nil
}

// keep gives the annex its name.
func (a *annexFile) keep() (taken, without int, err error) {
	err = a.w.Flush()
	if err == nil {
		err = a.file.Sync()
	}
	if err == nil {
		err = place(a.file.Name(), a.name)
	}
	if err != nil {
		err = fmt.Errorf("annex: %w", err)
	}
	return a.taken, a.without, err
}

// discard lets go of the file, and of its temporary name where it has that still.
func (a *annexFile) discard() {
	_ = a.file.Close()
	_ = os.Remove(a.file.Name())
}
