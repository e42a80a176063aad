package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/vault"
)

// withWords joins the opening of a statement while the vault has it, unless moderation keeps the words back today.
func (s *server) withWords(w http.ResponseWriter, r *http.Request, data []byte) {
	var d projections.StatementDoc
	if err := json.Unmarshal(data, &d); err != nil {
		s.problem(w, r, err)
		return
	}
	answer := struct {
		Document json.RawMessage        `json:"document"`
		Words    *string                `json:"words"` // null: kept back, erased, or lost
		Salt     string                 `json:"salt,omitempty"`
		Withheld domain.StatementStatus `json:"withheld,omitempty"` // why they are kept back
		Erased   bool                   `json:"erased,omitempty"`   // the record declares it
	}{Document: data}
	w.Header().Set("Cache-Control", "no-store")
	withheld, err := s.withheld(r.Context(), d)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	if answer.Withheld = withheld; withheld != "" {
		s.writeJSON(w, r, http.StatusOK, answer)
		return
	}
	var event domain.EventID
	if err := event.UnmarshalText([]byte(d.Text.Event)); err != nil {
		s.problem(w, r, err)
		return
	}
	o, err := s.Service.Vault.Open(r.Context(), vault.Place{Event: event, Field: d.Text.Field})
	if err == nil && o.Commitment() != d.Text.Commitment {
		err = vault.ErrDamaged
	}
	switch {
	case err == nil:
		words := string(o.Words)
		answer.Words, answer.Salt = &words, domain.Digest(o.Salt).String()
	case errors.Is(err, vault.ErrNotFound):
		x, _, err := commands.Load[domain.Erasure](r.Context(), s.Service.Ledger, domain.ErasureStream(event, d.Text.Field))
		if err != nil {
			s.problem(w, r, err)
			return
		}
		answer.Erased = x.Erased() != nil
	default:
		s.problem(w, r, err)
		return
	}
	s.writeJSON(w, r, http.StatusOK, answer)
}

// withheld tells whether moderation keeps a statement's words back, whatever it was at the place that the reader asks about.
func (s *server) withheld(ctx context.Context, d projections.StatementDoc) (domain.StatementStatus, error) {
	now, err := s.Store.Get(ctx, projections.Ref{View: projections.Statement.Name, Key: projections.StatementKey(d.Conversation, d.Statement)})
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(now.Data, &d); err != nil {
		return "", err
	}
	switch {
	case d.Hidden > 0:
		return domain.Hidden, nil
	case d.Rejected > 0:
		return domain.Rejected, nil
	}
	return "", nil
}
