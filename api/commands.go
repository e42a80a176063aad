package api

import (
	"context"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// Headers of a command.
const (
	IdempotencyKey = "Idempotency-Key" // the command id: sent again with the same one, a command is done once
	ActorHeader    = "Daybook-Actor"   // role:principal, or role:principal@partner
)

func (s *server) listCommands(w http.ResponseWriter, r *http.Request) {
	type answer struct {
		Name   string `json:"name"`
		About  string `json:"about"`
		Schema string `json:"schema"`
	}
	all := []answer{}
	for _, c := range commands.All() {
		all = append(all, answer{c.Name, c.About, "/v1/schemas/commands/" + c.Name})
	}
	s.writeJSON(w, r, http.StatusOK, map[string]any{"commands": all})
}

// runCommand answers 201 with the receipt of new events, and 200 where it is already so.
func (s *server) runCommand(w http.ResponseWriter, r *http.Request) {
	receipt, err := s.command(w, r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	status := http.StatusOK
	if n := len(receipt.Events); n > 0 {
		status = http.StatusCreated
		position(w, receipt.Events[n-1].Seq+1)
		s.linkReceipts(w, receipt)
	}
	s.writeJSON(w, r, status, receipt)
}

func (s *server) command(w http.ResponseWriter, r *http.Request) (commands.Receipt, error) {
	if err := s.admit(r); err != nil {
		return commands.Receipt{}, err
	}
	c, ok := commands.ByName(chi.URLParam(r, "name"))
	if !ok {
		return commands.Receipt{}, noCommand(chi.URLParam(r, "name"))
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return commands.Receipt{}, &problemError{http.StatusUnsupportedMediaType, "unsupported-media-type", "a command is sent as application/json"}
	}
	by := commands.By{Command: r.Header.Get(IdempotencyKey)}
	if by.Command == "" {
		return commands.Receipt{}, &problemError{http.StatusBadRequest, "idempotency-key-missing", "send an " + IdempotencyKey + " of your choice, and the same one when you try again"}
	}
	var err error
	if by.Actor, err = parseAsked(r.Header.Get(ActorHeader)); err != nil {
		return commands.Receipt{}, err
	}
	if s.believes(r) {
		switch {
		case by.Actor.Role == "":
			by.Actor = domain.Actor{Role: domain.Coordinator, Principal: "local"}
		case by.Actor.Principal == "":
			return commands.Receipt{}, domain.Reject(domain.ErrInvalidField, "without a token, "+ActorHeader+" is role:principal or role:principal@partner")
		}
	}
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		return commands.Receipt{}, err
	}
	ctx, done, err := s.lead(r.Context())
	if err != nil {
		return commands.Receipt{}, err
	}
	defer done()
	if by, err = s.admission(r)(ctx, s.Service, c, by, content); err != nil {
		return commands.Receipt{}, err
	}
	return c.Run(ctx, s.Service, by, content)
}

// lead is the context of a command, and what to call after it.
func (s *server) lead(ctx context.Context) (context.Context, func(), error) {
	if s.Lead == nil {
		return ctx, func() {}, nil
	}
	ctx, done, ok := s.Lead(ctx)
	if !ok {
		return nil, nil, errStandsBy
	}
	return ctx, done, nil
}

// admit says no to commands that this server does not take.
func (s *server) admit(r *http.Request) error {
	if !s.Writes {
		return errNoWrites
	}
	if s.Local && !namesThisMachine(r.Host) && s.believes(r) {
		return errHost
	}
	return nil
}

// namesThisMachine tells whether the Host of a request is an address or localhost, which nobody else can bend.
func namesThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "localhost" || net.ParseIP(strings.Trim(host, "[]")) != nil
}
